"""`python -m tools.generators.day_views check | write`: checks or writes the day views of Gold.

The SQL is generated from the columns in lake/tables.toml.
"""

import sys
import tomllib
from collections.abc import Mapping
from typing import Any

from tools.data_folder import ROOT

PIPELINE = ROOT / "dags" / "todo_insights"
TABLES_FILE = PIPELINE / "lake" / "tables.toml"
VIEWS = PIPELINE / "sql" / "views"

_VIEW = """\
-- One row per UTC day, {grain}, with the columns of {zone}.{name}. Days up to the cutoff date
-- come from the daily table, and later days are added up from the hourly table. Compaction replaces the
-- cutoff date, which is a literal so that Athena opens only the partitions of the days that a query needs.
SELECT
  dt,
  {columns}
FROM {daily}
WHERE dt <= '{cutoff}'
UNION ALL
SELECT
  dt,
  {sums}
FROM {hourly}
WHERE dt > '{cutoff}'
GROUP BY {keys}
"""
# The cutoff date until the first day is compacted; it is before every day of a lake, so the views read all
# days from the hourly tables.
NO_CUTOFF = "1970-01-01"
_AGGREGATES = {"sum": "CAST(SUM({name}) AS BIGINT)", "min": "MIN({name})", "max": "MAX({name})"}


def day_views() -> dict[str, str]:
    """Return the SQL of each view by its file name: one view for each Gold table that has a daily table."""
    tables = tomllib.loads(TABLES_FILE.read_text(encoding="utf-8"))["tables"]
    hourly_of = {name: table["daily_of"] for name, table in tables.items() if "daily_of" in table}
    return {
        f"{tables[hourly]['name']}.sql": _view(hourly, daily, tables[hourly])
        for daily, hourly in hourly_of.items()
    }


def _view(hourly: str, daily: str, table: Mapping[str, Any]) -> str:
    names = [column["name"] for column in table["columns"]]
    return _VIEW.format(
        grain=table["grain"],
        zone=table["zone"],
        name=table["name"],
        columns=",\n  ".join(names),
        sums=",\n  ".join(map(_by_day, table["columns"])),
        hourly=hourly,
        daily=daily,
        cutoff=NO_CUTOFF,
        keys=", ".join(["dt", *table["sort_by"]]),
    )


def _by_day(column: Mapping[str, Any]) -> str:
    name = column["name"]
    if "aggregate" not in column:
        return str(name)
    return f"{_AGGREGATES[column['aggregate']].format(name=name)} AS {name}"


def main(arguments: list[str]) -> int:
    """Write the views, or check them; returns 1 if a file is outdated, and 2 for invalid arguments."""
    if arguments not in (["check"], ["write"]):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    stale = [
        name
        for name, sql in day_views().items()
        if not (VIEWS / name).exists() or (VIEWS / name).read_text(encoding="utf-8") != sql
    ]
    if arguments == ["check"]:
        for name in stale:
            sys.stderr.write(
                f"dags/todo_insights/sql/views/{name} differs from dags/todo_insights/lake/tables.toml; "
                "run: python -m tools.generators.day_views write\n"
            )
        return 1 if stale else 0
    for name in stale:
        (VIEWS / name).write_text(day_views()[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
