"""Thousands of generated requests, good and bad ones, against the API as it is deployed."""

from pathlib import Path

from tests.fuzzing.run import fuzz

EXAMPLES = 20


def test_no_generated_request_breaks_a_promise(tmp_path: Path) -> None:
    report = fuzz(tmp_path, EXAMPLES)
    assert (report["failures"], report["errors"], report["exit_code"]) == ([], [], 0)
    assert report["test_cases"]["generated"] >= 1500
    assert report["operations"]["tested"] == report["operations"]["total"]
    assert {phase["status"] for phase in report["phases"].values()} == {"success"}
