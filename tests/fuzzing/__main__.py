"""`make fuzz`: schemathesis tries the API with thousands of generated requests, good and bad ones."""

import os
import sys
import tempfile
from pathlib import Path

from tests.fuzzing.run import fuzz

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        wanted = int(os.environ.get("CASES") or 10_000)
        report = fuzz(Path(place), wanted)
    sys.exit(report["exit_code"] or report["test_cases"]["generated"] < wanted)
