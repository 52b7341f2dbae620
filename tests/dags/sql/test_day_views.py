"""The SQL of the day views equals the SQL generated from the columns of the Gold tables."""

import pytest

from tools.generators.day_views import VIEWS, day_views


@pytest.mark.parametrize("name", day_views())
def test_stored_view_has_the_columns_of_its_table(name: str) -> None:
    stored = (VIEWS / name).read_text(encoding="utf-8")
    assert stored == day_views()[name], (
        f"dags/todo_insights/sql/views/{name} is stale; run: python -m tools.generators.day_views write"
    )
