"""The summary of a run: which of its hours are complete, and the text of the summary."""

from collections.abc import Sequence

import pytest

from todo_insights.hourly.manifest import Manifest, Published, Reason, Slice
from todo_insights.hourly.run_summary import has_failures, summarize_run, summary_text, whole_hours

NOON, ONE = "2026-11-20T12", "2026-11-20T13"


def planned(hour: str, slices: int) -> list[Slice]:
    return [
        Slice(hour=hour, slice=number, slices=slices, start="", end="", reason="scheduled")
        for number in range(slices)
    ]


def made(hour_slices: Sequence[Slice]) -> list[Manifest]:
    return [
        Manifest(
            hour=each["hour"],
            slice=each["slice"],
            slices=each["slices"],
            reason=each["reason"],
            run_key="k",
            as_of="",
            source_count=1,
            rejects=0,
            seconds=0,
            peak_mb=0,
            tables={},
        )
        for each in hour_slices
    ]


def published(hour: str, reason: Reason = "scheduled", rejects: int = 0) -> Published:
    return Published(
        hour=hour, reason=reason, source_count=5, rejects=rejects, seconds=0, peak_mb=0, outcomes={}
    )


def test_only_complete_hours_are_published() -> None:
    plan = [*planned(NOON, 2), *planned(ONE, 3)]
    assert whole_hours(plan, made([*planned(NOON, 2), *planned(ONE, 3)[:2]])) == made(planned(NOON, 2))


def test_manifests_of_earlier_plan_are_ignored() -> None:
    assert whole_hours(planned(NOON, 1), made([*planned(NOON, 3), *planned(NOON, 1)])) == made(
        planned(NOON, 1)
    )
    assert whole_hours(planned(NOON, 1), made(planned(NOON, 3))) == []


def test_successful_run_has_no_failures() -> None:
    summary = summarize_run([NOON], [published(NOON)], {"report": "running", "write_back": "success"})
    assert not has_failures(summary)
    assert summary_text(summary) == "1 hour published, 5 changes, 0 rejects"


def test_rejects_and_reprocessed_hours_are_no_failures() -> None:
    done = [published(NOON, rejects=2), published(ONE, "late"), published("2026-11-19T00", "erased")]
    summary = summarize_run([each["hour"] for each in done], done, {})
    assert not has_failures(summary)
    assert summary_text(summary) == (
        f"3 hours published, 15 changes, 2 rejects; late: {ONE}; after an erasure: 2026-11-19T00"
    )


@pytest.mark.parametrize(
    ("hours", "states", "trouble", "said"),
    [
        ([NOON, ONE], {}, [], f"not published: {ONE}"),
        ([NOON], {"write_back": "failed"}, [], "failed: write_back"),
        ([NOON], {"write_back": "upstream_failed"}, [], "failed: write_back"),
        ([NOON], {}, ["could not look"], "could not look"),
    ],
)
def test_problems_are_failures_and_come_first(
    hours: list[str], states: dict[str, str | None], trouble: list[str], said: str
) -> None:
    summary = summarize_run(hours, [published(NOON)], states, trouble)
    assert has_failures(summary)
    assert summary_text(summary).startswith(f"{said}; 1 hour published")
