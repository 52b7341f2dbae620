"""The names of the day views of Gold, read from the pipeline's tables.toml."""

import tomllib
from pathlib import Path

# This file belongs to the pipeline. It is read as data, because this package must not import the pipeline.
TABLES_FILE = Path(__file__).parents[2] / "dags" / "todo_insights" / "lake" / "tables.toml"


def day_views() -> list[str]:
    """Return the names of the views with a cutoff date: one for each hourly table with a daily table."""
    tables = tomllib.loads(TABLES_FILE.read_text(encoding="utf-8"))["tables"]
    return [tables[each["daily_of"]]["name"] for each in tables.values() if "daily_of" in each]
