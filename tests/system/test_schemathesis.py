"""Thousands of generated requests, valid and invalid, to the API with its settings for production."""

from pathlib import Path

from tests.fuzzing.run import fuzz

EXAMPLES = 10


def test_generated_requests_get_documented_responses(tmp_path: Path) -> None:
    report = fuzz(tmp_path, EXAMPLES)
    assert (report["failures"], report["errors"], report["exit_code"]) == ([], [], 0)
    assert report["test_cases"]["generated"] >= 1500
    assert report["operations"]["tested"] == report["operations"]["total"]
    assert {phase["status"] for phase in report["phases"].values()} == {"success"}
