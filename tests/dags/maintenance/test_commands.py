"""The output of the commands `compact` and `maintain`, and of `status` for compacted days."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.dags.insights import Pipeline
from tests.dags.maintenance.days import DAYS, FIRST, late
from todo_insights.__main__ import main

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def command(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    monkeypatch.setenv("MONGODB_URI", str(pipeline.settings.mongodb_uri))
    monkeypatch.setenv("MONGODB_DATABASE", pipeline.settings.mongodb_database)
    monkeypatch.setenv("LAKE_URI", pipeline.settings.catalog_uri.removesuffix("/catalog.sqlite"))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_compact_prints_compacted_days(command: Command) -> None:
    code, printed, _ = command("compact")
    assert (code, printed.splitlines()[-1]) == (0, "2 days compacted")
    assert all(f"│ {day}" in printed and "published" in printed for day in DAYS)
    assert command("compact") == (0, "0 days compacted\n", "")
    _, printed, _ = command("compact", "--from", DAYS[0], "--to", DAYS[1])
    assert "unchanged" in printed
    assert printed.endswith("\n1 day compacted\n")
    assert DAYS[1] not in printed


def test_status_marks_hours_of_compacted_days(command: Command) -> None:
    hours = ("--from", f"{DAYS[1]}T20", "--to", "2026-11-20T02")
    assert "compacted" not in command("status", *hours)[1]
    command("compact")
    lines = [line for line in command("status", *hours)[1].splitlines() if "│ 2026" in line]
    assert ["compacted" in line for line in lines] == [True] * 4 + [False] * 2


def test_maintain_with_findings_fails(command: Command, pipeline: Pipeline) -> None:
    code, printed, _ = command("maintain")
    assert code == 0
    assert "50 files" in printed
    assert "0 days compacted; 0 findings" in printed
    gold = Path(pipeline.settings.zone_uris["gold"].removeprefix("file://"))
    (gold / "user_activity" / "notes").write_text("not a partition")
    code, printed, _ = command("maintain")
    assert (code, "1 finding" in printed, "by hand" in printed) == (1, True, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "--from", f"{DAYS[0]}T07", "--to", f"{DAYS[0]}T08"],
        ["query", "SELECT * FROM business_metrics_kpis"],
        ["status"],
        ["compact"],
        ["maintain"],
    ],
    ids=" ".join,
)
def test_lost_catalog_is_an_error_with_a_remedy(
    command: Command, pipeline: Pipeline, arguments: list[str]
) -> None:
    catalog = Path(pipeline.settings.catalog_uri.removeprefix("file://"))
    catalog.unlink()
    code, printed, errors = command(*arguments)
    assert (code, printed) == (1, "")
    assert "recover the catalog from the files with the command recover (make recover)" in errors
    assert not catalog.exists()


def test_recover_prints_its_result(command: Command, pipeline: Pipeline) -> None:
    catalog = Path(pipeline.settings.catalog_uri.removeprefix("file://"))
    catalog.unlink()
    assert command("recover")[:2] == (0, "50 hours recovered, 2 days compacted\n")
    assert command("maintain")[0] == 0


def test_maintain_lists_new_files_as_waiting(command: Command, pipeline: Pipeline) -> None:
    pipeline.database.changes.insert_one(late(1, FIRST))
    pipeline.publish(FIRST)
    lines = [line for line in command("maintain")[1].splitlines() if line.startswith(("┃", "│"))]
    names, *rows = [[cell.strip() for cell in re.split("[┃│]", line)[1:-1]] for line in lines]
    tables = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    assert tables["gold_user_activity"]["waiting"].startswith("1 file, ")
    assert not any(row["removed"] or row["orphans"] for row in tables.values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "2026-11-20"], "both --from and --to"),
        (["--from", "20261118", "--to", "2026-11-19"], "is not a day"),
        (["--from", "2026-11-18", "--to", "2026-11-18"], "contains no day"),
        (["--from", "2026-11-20", "--to", "2026-11-21"], "process every hour"),
    ],
)
def test_invalid_range_of_days_is_explained(command: Command, arguments: list[str], message: str) -> None:
    code, printed, errors = command("compact", *arguments)
    assert (code, printed) == (2, "")
    assert message in errors
