from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.dags.catalog.partitions import with_file
from tests.dags.change_log import NOON, created, deleted, extracted, task, updated
from todo_insights.catalog.base import Partition
from todo_insights.catalog.sqlite_catalog import SqliteCatalog
from todo_insights.catalog.stores import CheckedCatalog, Stores
from todo_insights.core.errors import QueryError
from todo_insights.core.hours import Hour
from todo_insights.lake.encoding import encode
from todo_insights.lake.files import location_of
from todo_insights.lake.schema import BRONZE_TASKS, SILVER_TASKS, LakeTable
from todo_insights.lake.storage import Lake
from todo_insights.sql.query import Answer, query
from todo_insights.transform.conform import conform

Ask = Callable[[str], Answer]


def _partition(table: LakeTable, location: str, lake: Lake, content: bytes) -> Partition:
    file = lake.write(table.zone, location, "part-00000.parquet", content)
    return with_file(table.physical, location, file, dt="2026-11-20", hour="12", row_count=0, source_count=0)


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """A function that queries a lake with three changes of tasks; its folder name has special characters."""
    folder = tmp_path / "it's = a lake"
    lake = Lake({zone: f"{folder.as_uri()}/{zone}" for zone in ("bronze", "silver", "gold")})
    catalog = SqliteCatalog(folder / "catalog.sqlite")
    bronze = extracted(
        created(task()), updated(task(_id="t2"), title="eggs"), deleted(task(_id="t3", tags=[]))
    )
    rows = ((BRONZE_TASKS, bronze.tasks), (SILVER_TASKS, conform(bronze.tasks, bronze.users).tasks))
    partitions = [
        _partition(table, location_of(table, Hour.containing(NOON), "1"), lake, encode(content, table))
        for table, content in rows
    ]
    catalog.publish(partitions, NOON, lambda _: None)
    return lambda sql: query(sql, Stores(lake, CheckedCatalog(catalog, lake)))


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT COUNT(*) FROM bronze_task_changes", [(3,)]),
        ("SELECT COUNT(*) FROM Bronze_Task_Changes", [(3,)]),
        ("SELECT silver_task_changes.op FROM silver_task_changes WHERE task_id = 't3'", [("deleted",)]),
        ("SELECT DISTINCT dt, hour FROM silver_task_changes", [("2026-11-20", "12")]),
        ("SELECT after.title FROM bronze_task_changes WHERE task_id = 't2'", [("eggs",)]),
        (
            "SELECT before IS NULL, after IS NULL FROM bronze_task_changes WHERE op = 'created'",
            [(True, False)],
        ),
        ("SELECT at FROM silver_task_changes LIMIT 1", [(datetime(2026, 11, 20, 12),)]),  # noqa: DTZ001  # no zone in Athena
        ("SELECT COUNT(*) FROM silver_user_changes", [(0,)]),
        ("SELECT 7 / 2, -7 / 2, 7 / 2.0", [(3, -3, Decimal("3.5"))]),
        ("SELECT SUM(version) / COUNT(*) FROM silver_task_changes", [(1,)]),
        ("WITH silver_task_changes AS (SELECT 1 AS x) SELECT x FROM silver_task_changes", [(1,)]),
        ("WITH a AS (SELECT op FROM silver_task_changes) SELECT COUNT(DISTINCT op) FROM a", [(3,)]),
        ("SELECT cardinality(after.tags) FROM bronze_task_changes WHERE task_id = 't1'", [(1,)]),
        ("SELECT date_diff('hour', MIN(at), MAX(at)) FROM silver_task_changes", [(0,)]),
        ("SELECT date_format(MIN(at), '%Y-%m') FROM silver_task_changes", [("2026-11",)]),
        ("SELECT 1 UNION ALL SELECT 2", [(1,), (2,)]),
    ],
)
def test_athena_sql_answers_as_athena_would(ask: Ask, sql: str, rows: list[tuple[object, ...]]) -> None:
    assert ask(sql).rows == rows


def test_unnamed_columns_are_called_as_in_athena(ask: Ask) -> None:
    assert ask("SELECT MIN(op), 2 AS two, COUNT(*) FROM silver_task_changes").columns == [
        "_col0",
        "two",
        "_col2",
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM silver_task_changes",
        "INSERT INTO silver_task_changes SELECT * FROM silver_task_changes",
        "CREATE TABLE x AS SELECT 1",
        "DROP TABLE silver_task_changes",
        "COPY silver_task_changes TO 'x.csv'",
        "SELECT 1; SELECT 2",
        "SET lock_configuration = false",
        "",
        "SELEC 1",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_anything_but_one_select_is_refused(ask: Ask, sql: str) -> None:
    with pytest.raises(QueryError, match=r"write one SELECT|SYNTAX_ERROR"):
        ask(sql)


@pytest.mark.parametrize(
    "table",
    ["tasks", "gold.tasks", "other.silver_task_changes", "'/etc/passwd'", "read_text('/etc/hostname')"],
)
def test_unknown_table_error_lists_what_exists(ask: Ask, table: str) -> None:
    with pytest.raises(QueryError, match=r"silver_task_changes.*user_analytics"):
        ask(f"SELECT * FROM {table}")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT tsk_id FROM silver_task_changes", r"COLUMN_NOT_FOUND: line 1:8: .*did you mean task_id"),
        ("SELECT 1,\n  no_such_function(1)", r"FUNCTION_NOT_FOUND: line 2:3: Function 'no_such_function'"),
        ("SELECT uper('a')", r"FUNCTION_NOT_FOUND: line 1:8: .*did you mean upper"),
        (
            "SELECT 1 FROM silver_task_chnges",
            r"TABLE_NOT_FOUND: line 1:15: .*did you mean silver_task_changes",
        ),
        ("SELECT 1 FROM silver.task_changes", r"SCHEMA_NOT_FOUND: .*did you mean silver_task_changes"),
        (
            "SELECT 1 WHERE 'a' = 1",
            r"TYPE_MISMATCH: line 1:20: Cannot apply operator: varchar\(1\) = integer",
        ),
        ("SELECT 1 / (version - version) FROM silver_task_changes", r"DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST('x' AS bigint)", r"INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT"),
        ("SELECT checksum(op) FROM silver_task_changes", r"line 1:8: Athena supports checksum\(varchar\)"),
    ],
)
def test_errors_are_those_of_athena(ask: Ask, sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        ask(sql)


@pytest.mark.parametrize(
    ("sql", "columns", "row"),
    [
        ("SHOW TABLES 'silver_*'", ["tab_name"], ("silver_rejects",)),
        ("SHOW VIEWS", ["views"], ("backlog_ageing",)),
        ("SHOW COLUMNS IN silver_rejects", ["field"], ("change_id",)),
        ("SHOW PARTITIONS silver_task_changes", ["partition"], ("dt=2026-11-20/hour=12",)),
        (
            "DESCRIBE lake.user_cycle_times",
            ["col_name", "data_type", "comment"],
            ("user_id", "varchar", "Id of the user."),
        ),
        ("SHOW DATABASES", ["database_name"], ("lake",)),
    ],
)
def test_statements_about_the_lake_are_answered(
    ask: Ask, sql: str, columns: list[str], row: tuple[object, ...]
) -> None:
    answer = ask(sql)
    assert (answer.columns, answer.rows[0]) == (columns, row)
