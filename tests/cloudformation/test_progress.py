"""What an operator sees: live lines on a terminal, plain ones elsewhere."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from cloudformation.progress import Progress, clock

BEGUN = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = BEGUN + timedelta(minutes=7, seconds=31)
BEGINNING = {"LogicalResourceId": "Cluster", "ResourceStatus": "CREATE_IN_PROGRESS", "Timestamp": BEGUN}
END = {**BEGINNING, "ResourceStatus": "CREATE_COMPLETE", "Timestamp": LATER}
FAILURE = {**END, "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "No room."}


def shown(*events: dict[str, object], terminal: bool = False, width: int = 80) -> str:
    """Return what is printed about these events of a stack."""
    printed = StringIO()
    console = Console(file=printed, force_terminal=terminal, width=width, color_system=None)
    with Progress(console, lambda: LATER) as progress:
        for event in events:
            progress.event("data", event)
    return printed.getvalue()


def test_beginning_and_end_are_lines() -> None:
    assert shown(BEGINNING, END).splitlines() == [
        "data        CREATE_IN_PROGRESS  0:00:00  Cluster",
        "data        CREATE_COMPLETE     0:07:31  Cluster",
    ]


def test_terminal_counts_while_it_waits() -> None:
    assert "data        CREATE_IN_PROGRESS  0:07:31  Cluster" in shown(BEGINNING, terminal=True)


def test_live_line_is_cut_at_the_edge() -> None:
    long = {**BEGINNING, "LogicalResourceId": "Cluster" * 9}

    assert "ClusterClus…" in shown(long, terminal=True, width=53)


def test_failure_tells_its_reason() -> None:
    assert shown(BEGINNING, FAILURE).endswith("CREATE_FAILED       0:07:31  Cluster  No room.\n")


def test_status_that_nobody_knows_is_shown() -> None:
    assert "DELETE_SKIPPED" in shown({**END, "ResourceStatus": "DELETE_SKIPPED"})


@pytest.mark.parametrize(
    ("took", "text"),
    [
        (timedelta(), "0:00:00"),
        (timedelta(seconds=5.9), "0:00:05"),
        (timedelta(hours=1, minutes=2), "1:02:00"),
    ],
)
def test_time_is_told_in_seconds(took: timedelta, text: str) -> None:
    assert clock(took) == text
