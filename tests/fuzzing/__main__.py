"""`make fuzz`: schemathesis sends thousands of valid and invalid requests to the API."""

import json
import math
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.fuzzing.run import fuzz
from webapp.apidocs import DOCUMENT


def main() -> int:
    """Send at least CASES requests; returns 1 if a check fails or if fewer requests were sent."""
    case_count = int(os.environ.get("CASES") or 10_000)
    operations = sum(len(item) for item in json.loads(DOCUMENT.read_text())["paths"].values())
    with tempfile.TemporaryDirectory() as folder:
        report = fuzz(Path(folder), math.ceil(case_count / operations))
    cases = report["test_cases"]
    Console().print(f"{cases['generated']:,} requests, {cases['unique_failures']} failures")
    return int(report["exit_code"] != 0 or cases["generated"] < case_count)


if __name__ == "__main__":
    sys.exit(main())
