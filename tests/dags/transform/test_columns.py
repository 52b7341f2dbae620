"""The tables that the steps compute have the columns that lake/tables.toml defines for them."""

from datetime import timedelta

import pytest

from tests.dags.activity import activity
from tests.dags.change_log import NOON, created, deleted, extracted, task, user
from todo_insights.lake.schema import TABLES, LakeTable
from todo_insights.transform.aggregate import aggregate
from todo_insights.transform.conform import conform


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.physical)
def test_required_columns_have_a_value_in_every_row(table: LakeTable) -> None:
    bronze = extracted(
        *activity(NOON, 3, 200, seed=5),
        created(user(_id="kim")),
        deleted(user(_id="kim"), at=NOON + timedelta(hours=2)),
        created(task(status="lost")),
    )
    silver = conform(bronze.tasks, bronze.users)
    user_activity, category_activity = aggregate(silver.tasks, silver.users)
    computed = {
        "bronze_task_changes": bronze.tasks,
        "bronze_user_changes": bronze.users,
        "silver_task_changes": silver.tasks,
        "silver_user_changes": silver.users,
        "silver_rejects": silver.rejects,
        "gold_user_activity": user_activity,
        "gold_category_activity": category_activity,
    }
    rows = computed[table.physical]
    assert rows.num_rows
    empty = [name for name in rows.column_names if name in table.required and rows[name].null_count]
    assert not empty, (
        f"dags/todo_insights/lake/tables.toml: {empty} of {table.physical} must be nullable = true"
    )
