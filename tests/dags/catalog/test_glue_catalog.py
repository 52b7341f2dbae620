"""Behaviour of the Glue catalog only: concurrent changes, foreign partitions, pages, and missing stacks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.dags.catalog.partitions import CHANGED, DAY, FIRST, LATER, NOW, OTHER, accept, outcome, shown
from todo_insights.catalog.base import Catalog, Outcome, Partition
from todo_insights.catalog.stores import open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.errors import CatalogError
from todo_insights.core.settings import Settings


@pytest.fixture
def catalog(aws_settings: Settings, aws: Aws) -> Catalog:
    return open_stores(aws_settings, aws).catalog


@pytest.fixture
def database(aws_settings: Settings) -> str:
    return aws_settings.catalog_uri.removeprefix("glue://")


def once(action: Callable[[], object]) -> Callable[[Partition], None]:
    """Return a `confirm` function that accepts every partition; its first call also calls `action`."""
    left = [action]

    def confirm(_: Partition) -> None:
        if left:
            left.pop()()

    return confirm


@pytest.mark.parametrize("before", [[], [replace(FIRST, checksum="c0")]], ids=["new", "pointed"])
def test_newer_writer_in_between_wins(catalog: Catalog, before: list[Partition]) -> None:
    catalog.publish(before, NOW, accept)
    (publication,) = catalog.publish([FIRST], NOW, once(lambda: outcome(catalog, CHANGED)))
    assert publication.outcome is Outcome.SUPERSEDED
    assert catalog.snapshot() == shown(CHANGED)


def test_newer_content_in_between_survives_a_refresh(catalog: Catalog) -> None:
    newest = replace(CHANGED, as_of=NOW)
    outcome(catalog, FIRST)
    (publication,) = catalog.publish([LATER], NOW, once(lambda: outcome(catalog, newest)))
    assert publication.outcome is Outcome.SUPERSEDED
    assert catalog.snapshot() == shown(newest)


def test_partition_deleted_in_between_is_created_again(catalog: Catalog, aws: Aws, database: str) -> None:
    def delete() -> None:
        aws.client("glue").delete_partition(
            DatabaseName=database, TableName=FIRST.table, PartitionValues=["2026-11-20", "05"]
        )

    outcome(catalog, FIRST)
    (publication,) = catalog.publish([CHANGED], NOW, once(delete))
    assert publication.outcome is Outcome.PUBLISHED
    assert catalog.snapshot() == shown(CHANGED)


def test_foreign_partition_is_not_changed(catalog: Catalog, aws: Aws, database: str) -> None:
    strange = {"Values": ["2026-11-20", "05"], "StorageDescriptor": {"Location": "s3://elsewhere/"}}
    aws.client("glue").create_partition(DatabaseName=database, TableName=FIRST.table, PartitionInput=strange)
    for use in (catalog.snapshot, lambda: outcome(catalog, FIRST)):
        with pytest.raises(CatalogError, match="not published by this pipeline; delete the partition"):
            use()


@pytest.mark.parametrize("missing", ["database", "table"])
def test_missing_stack_is_named_in_error(catalog: Catalog, aws: Aws, database: str, missing: str) -> None:
    if missing == "database":
        aws.client("glue").delete_database(Name=database)
    else:
        aws.client("glue").delete_table(DatabaseName=database, Name=FIRST.table)
    for use in (catalog.snapshot, lambda: outcome(catalog, FIRST)):
        with pytest.raises(CatalogError, match="deploy the lake stack"):
            use()


def test_partition_describes_its_files_to_athena(catalog: Catalog, aws: Aws, database: str) -> None:
    """A partition has the same description as its table, except for the location and the comments."""
    catalog.publish([FIRST, DAY], NOW, accept)
    glue = aws.client("glue")
    for each in (FIRST, DAY):
        table = glue.get_table(DatabaseName=database, Name=each.table)["Table"]["StorageDescriptor"]
        (found,) = glue.get_partitions(DatabaseName=database, TableName=each.table)["Partitions"]
        follow_ups = found["StorageDescriptor"]
        zone = table["Location"].removesuffix(f"{each.table.removeprefix('gold_')}/")
        assert follow_ups["Location"] == f"{zone}{each.location}/"
        columns = [{"Name": column["Name"], "Type": column["Type"]} for column in table["Columns"]]
        assert follow_ups["Columns"] == columns
        for name in ("InputFormat", "OutputFormat", "SerdeInfo"):
            assert follow_ups[name] == table[name]


@pytest.fixture
def short_pages(aws: Aws) -> Iterator[list[int]]:
    """Cut the responses of moto, which have one page, into pages of two partitions; yield the page sizes."""
    sizes: list[int] = []

    def cut(parsed: dict[str, Any], **_: object) -> None:
        start = sum(sizes)
        page = parsed["Partitions"][start : start + 2]
        if start + len(page) < len(parsed["Partitions"]):
            parsed["NextToken"] = f"from {start + len(page)}"
        parsed["Partitions"] = page
        sizes.append(len(page))

    events = aws.client("glue").meta.events
    events.register("after-call.glue.GetPartitions", cut)
    yield sizes
    events.unregister("after-call.glue.GetPartitions", cut)


def test_snapshot_reads_all_pages(catalog: Catalog, short_pages: list[int]) -> None:
    hours = [replace(OTHER, hour=f"{number:02}") for number in range(5)]
    catalog.publish(hours, NOW, accept)
    assert catalog.snapshot([OTHER.table]) == shown(*hours)
    assert short_pages == [2, 2, 1]
