"""The output of `query`: a table as wide as the terminal for people, and CSV or JSON for programs."""

import io
import json
import os
import pty
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.dags.cli.conftest import Cli, environment_of
from todo_insights.cli.query_formats import athena_text, write_csv, write_json
from todo_insights.core.settings import Settings
from todo_insights.sql.query import Answer
from todo_insights.sql.translation.core.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DAY_INTERVAL,
    DOUBLE,
    VARBINARY,
    VARCHAR,
    Type,
    array,
    row,
    timestamp,
)

TOKYO = ZoneInfo("Asia/Tokyo")
ZONED = Type("timestamp with time zone", (3,))
MAP = Type("map", (VARCHAR, BIGINT))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (["a", None, "b"], array(VARCHAR), "[a, null, b]"),
        ({"k": 1, "l": None}, MAP, "{k=1, l=null}"),
        ({"a": 1, "b": [True]}, row(["a", "b"], [BIGINT, array(BOOLEAN)]), "{a=1, b=[true]}"),
        ([1, "x"], Type("row", (BIGINT, VARCHAR), (None, None)), "{field0=1, field1=x}"),
        (False, BOOLEAN, "false"),
        (datetime(2026, 11, 20, 12, 0, 1, 5000), timestamp(3), "2026-11-20 12:00:01.005"),  # noqa: DTZ001  # no zone in Athena
        (
            datetime(2026, 11, 20, 12, tzinfo=ZoneInfo("Asia/Tokyo")),
            ZONED,
            "2026-11-20 12:00:00.000 Asia/Tokyo",
        ),
        (date(2026, 11, 20), DATE, "2026-11-20"),
        (timedelta(days=-1, hours=-2), DAY_INTERVAL, "-1 02:00:00.000"),
        (b"\x00\xff", VARBINARY, "00 ff"),
        (Decimal("1E-7"), Type("decimal", (10, 7)), "0.0000001"),
        # Athena writes doubles in CSV in the format of Java's Double.toString.
        (4.0, DOUBLE, "4.0"),
        (0.001, DOUBLE, "0.001"),
        (0.00025, DOUBLE, "2.5E-4"),
        (1e7, DOUBLE, "1.0E7"),
        (-12345678.5, DOUBLE, "-1.23456785E7"),
        (float("-inf"), DOUBLE, "-Infinity"),
    ],
)
def test_values_are_written_as_athena_does(value: object, kind: Type, text: str) -> None:
    assert athena_text(value, kind) == text


def test_csv_tells_null_from_an_empty_text() -> None:
    kinds = [VARCHAR, VARCHAR, array(VARCHAR), VARCHAR]
    write_csv(
        Answer(["a", "b", "c", "d"], kinds, [(None, "", ["x", "y"], 'say "hi"')]), text := io.StringIO()
    )
    assert text.getvalue() == 'a,b,c,d\n,"","[x, y]","say ""hi"""\n'


def test_json_is_valid_and_exact() -> None:
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    found = Answer(
        ["nan", "at", "zoned", "big", "third", "money", "map", "text"],
        [DOUBLE, timestamp(3), ZONED, BIGINT, DOUBLE, Type("decimal", (20, 2)), MAP, VARCHAR],
        [
            (
                float("nan"),
                moment.replace(tzinfo=None),
                moment.astimezone(ZoneInfo("America/New_York")),
                2**63 - 1,
                1 / 3,
                Decimal("12345678901234567.10"),
                {"k": 1},
                None,
            )
        ],
    )
    write_json(found, text := io.StringIO())

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not valid JSON")

    assert json.loads(text.getvalue(), parse_constant=refuse) == [
        {
            "nan": "NaN",
            "at": "2026-11-20T12:00:00.000Z",
            "zoned": "2026-11-20T07:00:00.000-05:00",
            "big": 2**63 - 1,
            "third": 1 / 3,
            "money": "12345678901234567.10",
            "map": {"k": 1},
            "text": None,
        }
    ]


def on_a_terminal(settings: Settings, sql: str, columns: int, **env: str) -> list[str]:
    """Run `query` on a terminal with this number of columns and 24 lines; return the printed lines."""
    reader, terminal = pty.openpty()
    size = {"COLUMNS": str(columns), "LINES": "24", "TERM": "dumb", "NO_COLOR": "1"}
    running = subprocess.Popen(
        [sys.executable, "-m", "todo_insights", "query", sql],
        env=environment_of(settings) | size | env,
        stdout=terminal,
        stderr=subprocess.DEVNULL,
        stdin=terminal,
    )
    os.close(terminal)
    parts = []
    while True:
        try:
            parts.append(os.read(reader, 65536))
        except OSError:  # after the process has closed the terminal, the read fails
            break
        if not parts[-1]:
            break
    assert running.wait(timeout=60) == 0
    os.close(reader)
    return b"".join(parts).decode().replace("\r\n", "\n").splitlines()


VALUES = (
    "SELECT * FROM (VALUES ('completion_rate', 5.0E0 / 11, 5, ''), ('total_users', 4E0, 1204, NULL)) "
    "AS t (metric, value, count, note)"
)
MANY = ", ".join(f"'a long value number {number:02}' AS column_{number:02}" for number in range(12))


def test_numbers_are_rounded_and_aligned(settings: Settings) -> None:
    lines = on_a_terminal(settings, VALUES, 80)
    assert lines[3:5] == [
        "│ completion_rate │ 0.4545 │     5 │      │",
        "│ total_users     │ 4      │  1204 │ NULL │",
    ]


@pytest.mark.parametrize("columns", [80, 200])
def test_no_value_is_cut_where_the_table_is_too_wide(settings: Settings, columns: int) -> None:
    lines = on_a_terminal(settings, f"SELECT {MANY}", columns)
    assert max(map(len, lines)) <= columns
    assert [line.split(maxsplit=1) for line in lines[1:]] == [
        [f"column_{number:02}", f"a long value number {number:02}"] for number in range(12)
    ]


def test_long_result_goes_through_the_pager(settings: Settings) -> None:
    sql = "SELECT n FROM UNNEST(SEQUENCE(1, 40)) AS t (n)"
    lines = on_a_terminal(settings, sql, 80, TERM="xterm", PAGER="sed 's/^/paged /'")
    assert len(lines) == 44
    assert all(line.startswith("paged ") for line in lines)


def test_view_definition_can_be_copied(cli: Cli) -> None:
    shown = cli("query", "SHOW CREATE VIEW user_analytics").stdout
    assert shown.startswith("CREATE VIEW lake.user_analytics AS\n-- ")
    assert shown.rstrip().endswith("HAVING SUM(account_delta) > 0")


def test_rows_beyond_those_that_are_shown_are_counted(cli: Cli) -> None:
    ran = cli("query", "SELECT n FROM UNNEST(SEQUENCE(1, 1001)) AS t (n)")
    assert ran.stderr.strip() == "1000 of 1001 rows are shown; FORMAT=csv and FORMAT=json have all"
    assert "1001" not in ran.stdout
