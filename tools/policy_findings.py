"""Runs in .venv-scan, where parliament is: policies as a JSON list comes in, their findings go out.

As a library, since parliament's command writes a log to a fixed place that all users of a machine share.
"""

import json
import sys
import warnings

# It still imports pkg_resources, which tells everybody that it is on its way out.
warnings.filterwarnings("ignore", message="pkg_resources", category=UserWarning)

from parliament import (  # type: ignore[import-not-found]  # noqa: E402  # of another virtualenv; after the filter
    analyze_policy_string,
    enhance_finding,
)


def main() -> None:
    """Read `[[place, document], …]` and write `[[place, what is wrong], …]`, in the same order."""
    findings = [
        (place, f"{enhance_finding(each).title}: {each.detail or each.location}")
        for place, document in json.load(sys.stdin)
        for each in analyze_policy_string(json.dumps(document)).findings
    ]
    json.dump(findings, sys.stdout)


if __name__ == "__main__":
    main()
