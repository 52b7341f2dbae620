"""`make fuzz`: schemathesis tries the API with thousands of generated requests, good and bad ones."""

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
    """Fuzz with at least CASES requests; returns 1 after a failure or too few."""
    wanted = int(os.environ.get("CASES") or 10_000)
    operations = sum(len(item) for item in json.loads(DOCUMENT.read_text())["paths"].values())
    with tempfile.TemporaryDirectory() as place:
        report = fuzz(Path(place), math.ceil(wanted / operations))
    cases = report["test_cases"]
    Console().print(f"{cases['generated']:,} requests, {cases['unique_failures']} failures")
    return int(report["exit_code"] != 0 or cases["generated"] < wanted)


if __name__ == "__main__":
    sys.exit(main())
