"""The command `maintain`: maintain the lake, and print its tables, the removed files and the findings."""

from datetime import datetime

from rich.console import Console
from rich.table import Table

from ..catalog.stores import open_stores
from ..core.database import open_database
from ..core.settings import Settings
from ..core.text import counted
from ..maintenance.checks import LakeFinding
from ..maintenance.maintain import Amount, Report, TableReport
from ..maintenance.maintain import maintain as maintain_lake
from .query import console

_KILO = 1000


def maintain(settings: Settings, now: datetime) -> int:
    """Maintain the lake and print the report; returns 1 when there are findings."""
    with open_database(settings) as database:
        report = maintain_lake(open_stores(settings), database, now)
    _print_tables(report["tables"])
    Console().print(_summary(report), highlight=False)
    if report["reprocessed"]:
        Console().print(f"the next run processes again: {', '.join(report['reprocessed'])}", highlight=False)
    if report["findings"]:
        _print_findings(report["findings"], report["findings_count"])
    return 1 if report["findings"] else 0


def _print_tables(tables: list[TableReport]) -> None:
    table = Table("table", "partitions", "rows", "published", "removed", "waiting", "orphans")
    for each in tables:
        amounts = (each["published"], each["removed"], each["waiting"], each["orphan"])
        table.add_row(each["table"], str(each["partitions"]), str(each["rows"]), *map(_amount_text, amounts))
    console().print(table)


def _amount_text(amount: Amount) -> str:
    return f"{counted(amount['files'], 'file')}, {_size(amount['bytes'])}" if amount["files"] else ""


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < _KILO:
            return f"{count:.0f} {unit}"
        count /= _KILO
    return f"{count:.1f} TB"


def _summary(report: Report) -> str:
    lag = report["lag_minutes"]
    age = "no hour is published" if lag is None else f"the newest hour ended {lag:.0f} min ago"
    days, findings = counted(report["folded_days"], "day"), counted(report["findings_count"], "finding")
    return f"{age}; {days} compacted; {findings}"


def _print_findings(findings: list[LakeFinding], count: int) -> None:
    table = Table("where", "what", "what to do")
    for each in findings:
        table.add_row(each["where"], each["what"], each["advice"])
    console().print(table)
    if count > len(findings):
        Console().print(f"{count - len(findings)} more are not shown", highlight=False)
