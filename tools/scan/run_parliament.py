"""Runs parliament on the policies from standard input; needs the virtualenv .venv-scan.

The script uses parliament as a library, because the command of parliament writes to a log file with a fixed
path, which all users of the machine share.
"""

import json
import sys
import warnings

# parliament imports pkg_resources, which warns that pkg_resources is deprecated.
warnings.filterwarnings("ignore", message="pkg_resources", category=UserWarning)

from parliament import (  # type: ignore[import-not-found]  # noqa: E402  # installed in .venv-scan only; imported after the filter
    analyze_policy_string,
    enhance_finding,
)


def main() -> None:
    """Read JSON `[[location, policy], …]` from stdin and write `[[location, problem], …]` to stdout."""
    findings = [
        (location, f"{enhance_finding(each).title}: {each.detail or each.location}")
        for location, document in json.load(sys.stdin)
        for each in analyze_policy_string(json.dumps(document)).findings
    ]
    json.dump(findings, sys.stdout)


if __name__ == "__main__":
    main()
