"""Creates the tables and views of the lake in a Trino server, which reads the Parquet files of the lake."""

import re
from graphlib import TopologicalSorter

from tests.dags.sql.trino.server import Trino
from todo_insights.catalog.days import DAY_VIEWS, with_cutoff
from todo_insights.catalog.stores import Stores
from todo_insights.lake.schema import ALL_TABLES, BY_NAME, LakeTable
from todo_insights.sql.athena import athena_type, views


class RecordingError(Exception):
    """Trino has refused a statement that every recording needs, such as CREATE TABLE."""


def create(server: Trino, stores: Stores) -> None:
    """Create the schema, all tables with their published partitions, and the views as they are deployed."""
    _run(server, f"CREATE SCHEMA IF NOT EXISTS awsdatacatalog.{server.schema}")
    for table in ALL_TABLES:
        _run(server, _table(table))
    for each in stores.catalog.snapshot():
        table = BY_NAME[each.table]
        keys = ", ".join(f"'{key}'" for key in table.partitioned_by)
        values = ", ".join(f"'{value}'" for value in (each.dt, each.hour)[: len(table.partitioned_by)])
        location = f"local:///{table.zone}/{each.location}"
        _run(
            server,
            f"CALL awsdatacatalog.system.register_partition('{server.schema}', '{table.physical}', "
            f"ARRAY[{keys}], ARRAY[{values}], '{location}')",
        )
    words = {name: set(re.findall(r"\w+", re.sub(r"--[^\n]*", "", sql))) for name, sql in views().items()}
    order = TopologicalSorter({name: found & views().keys() - {name} for name, found in words.items()})
    cutoff = stores.catalog.cutoff()
    for name in order.static_order():
        sql = with_cutoff(views()[name], cutoff) if name in DAY_VIEWS else views()[name]
        _run(server, f"CREATE OR REPLACE VIEW {name} AS\n{sql}")


def _table(table: LakeTable) -> str:
    columns = [f'"{field.name}" {athena_type(field.type)}' for field in table.columns]
    columns += [f"{key} varchar" for key in table.partitioned_by]
    keys = ", ".join(f"'{key}'" for key in table.partitioned_by)
    return (
        f"CREATE TABLE {table.physical} ({', '.join(columns)}) WITH (format = 'PARQUET', "
        f"external_location = 'local:///{table.zone}/{table.name}', partitioned_by = ARRAY[{keys}])"
    )


def _run(server: Trino, sql: str) -> None:
    outcome = server.run(sql)
    if outcome.error:
        raise RecordingError(f"{outcome.error}: {outcome.message}\n{sql}")
