"""The behaviour that every catalog must have, tested with SQLite and with Glue."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dags.catalog.partitions import (
    CHANGED,
    DAY,
    FIRST,
    LATER,
    NOW,
    OTHER,
    OTHER_DAY,
    THEN,
    accept,
    outcome,
    refuse,
    shown,
)
from tests.dags.change_log import NOON
from todo_insights.catalog.base import Catalog, Outcome, Partition
from todo_insights.catalog.days import NO_CUTOFF
from todo_insights.catalog.stores import open_catalog, open_stores
from todo_insights.core.aws import Aws
from todo_insights.core.errors import CatalogError, StorageError
from todo_insights.core.settings import Settings


@pytest.fixture(params=["sqlite", "glue"])
def stored(request: pytest.FixtureRequest) -> Settings:
    """Settings with an empty catalog; each test runs once with SQLite and once with Glue."""
    found: Settings = request.getfixturevalue("settings" if request.param == "sqlite" else "aws_settings")
    return found


@pytest.fixture
def catalog(stored: Settings, request: pytest.FixtureRequest) -> Catalog:
    is_glue = stored.catalog_uri.startswith("glue://")
    aws: Aws | None = request.getfixturevalue("aws") if is_glue else None
    return open_stores(stored, aws).catalog


def test_new_catalog_is_empty(catalog: Catalog) -> None:
    assert catalog.snapshot() == []


@pytest.mark.parametrize("partition", [FIRST, DAY], ids=["hour", "day"])
def test_published_partition_is_returned_unchanged(catalog: Catalog, partition: Partition) -> None:
    assert outcome(catalog, partition) == (Outcome.PUBLISHED, False)
    assert catalog.snapshot() == shown(partition)


def test_changed_content_replaces_the_old(catalog: Catalog) -> None:
    catalog.publish([FIRST], THEN, accept)
    assert outcome(catalog, CHANGED) == (Outcome.PUBLISHED, False)
    assert catalog.snapshot() == shown(CHANGED)


def test_equal_content_keeps_files_and_updates_facts(catalog: Catalog) -> None:
    catalog.publish([FIRST], THEN, accept)
    assert outcome(catalog, replace(LATER, source_count=9, rejects=2)) == (Outcome.UNCHANGED, True)
    facts = replace(FIRST, as_of=LATER.as_of, provisional=False, source_count=9, rejects=2)
    assert catalog.snapshot() == [replace(facts, published_at=THEN)]


@pytest.mark.parametrize("older", [replace(FIRST, location="x"), replace(FIRST, location="x", checksum="c3")])
def test_older_reading_never_replaces_a_newer(catalog: Catalog, older: Partition) -> None:
    outcome(catalog, CHANGED)
    assert outcome(catalog, older) == (Outcome.SUPERSEDED, False)
    assert catalog.snapshot() == shown(CHANGED)


def test_repeated_publication_keeps_its_own_files(catalog: Catalog) -> None:
    outcome(catalog, FIRST)
    assert outcome(catalog, FIRST) == (Outcome.UNCHANGED, False)


@pytest.mark.parametrize("newer", [LATER, CHANGED], ids=["files in use", "files of slow readers"])
def test_outdated_publication_removes_no_files(catalog: Catalog, newer: Partition) -> None:
    outcome(catalog, FIRST)
    outcome(catalog, newer)
    assert outcome(catalog, FIRST) == (Outcome.SUPERSEDED, False)


def test_missing_file_of_one_table_publishes_none(catalog: Catalog) -> None:
    def only_first(partition: Partition) -> None:
        if partition.table == OTHER.table:
            raise StorageError("a file is missing")

    catalog.publish([DAY], NOW, accept)
    with pytest.raises(StorageError, match="a file is missing"):
        catalog.publish([FIRST, OTHER], NOW, only_first)
    assert catalog.snapshot() == shown(DAY)


def test_missing_files_are_replaced_by_equal_ones(catalog: Catalog) -> None:
    def only_later(partition: Partition) -> None:
        if partition.location != LATER.location:
            raise StorageError("a file is missing")

    catalog.publish([FIRST], THEN, accept)
    (publication,) = catalog.publish([LATER], NOW, only_later)
    assert publication.outcome is Outcome.PUBLISHED
    assert catalog.snapshot() == shown(LATER)


def test_missing_old_and_new_files_change_nothing(catalog: Catalog) -> None:
    outcome(catalog, FIRST)
    with pytest.raises(StorageError, match="a file is missing"):
        catalog.publish([LATER], NOW, refuse)
    assert catalog.snapshot() == shown(FIRST)


@pytest.mark.parametrize(
    ("tables", "since", "found"),
    [
        (None, "", [FIRST, DAY, OTHER_DAY, OTHER]),
        (["silver_rejects"], "", [OTHER]),
        (["gold_user_activity_daily"], "2026-11-21", [OTHER_DAY]),
        (None, "2026-11-21", [OTHER_DAY]),
        ([], "", []),
    ],
)
def test_snapshot_selects_tables_and_days(
    catalog: Catalog, tables: list[str] | None, since: str, found: list[Partition]
) -> None:
    catalog.publish([OTHER, FIRST, OTHER_DAY, DAY], NOW, accept)
    assert catalog.snapshot(tables, since) == shown(*found)


@pytest.mark.parametrize("hour", [CHANGED, replace(FIRST, hour="06")], ids=["changed", "new"])
def test_day_stays_when_an_hour_changes(catalog: Catalog, hour: Partition) -> None:
    catalog.publish([FIRST], NOW, accept)
    catalog.publish([DAY, OTHER_DAY], NOW, accept)
    assert outcome(catalog, hour) == (Outcome.PUBLISHED, False)
    assert catalog.snapshot([DAY.table]) == shown(DAY, OTHER_DAY)


def test_snapshot_ends_with_its_last_day(catalog: Catalog) -> None:
    catalog.publish([OTHER, FIRST, OTHER_DAY, DAY], NOW, accept)
    assert catalog.snapshot([DAY.table], DAY.dt, DAY.dt) == shown(DAY)
    assert catalog.snapshot([DAY.table], until=DAY.dt) == shown(DAY)


def test_cutoff_moves_both_ways(catalog: Catalog) -> None:
    assert catalog.cutoff() == NO_CUTOFF
    for cutoff in ("2026-11-20", "2026-11-21", "2026-11-18", NO_CUTOFF):
        catalog.move_cutoff(cutoff)
        assert catalog.cutoff() == cutoff
    assert catalog.snapshot() == []


def test_withdrawn_day_stays_withdrawn(catalog: Catalog) -> None:
    catalog.publish([DAY, OTHER_DAY], NOW, accept)
    catalog.withdraw(DAY.table, DAY.dt)
    catalog.withdraw(DAY.table, DAY.dt)
    assert catalog.snapshot() == shown(OTHER_DAY)


def test_withdrawal_from_empty_catalog_is_allowed(catalog: Catalog) -> None:
    catalog.withdraw(DAY.table, DAY.dt)
    assert catalog.snapshot() == []


def test_many_writers_of_equal_content_agree(catalog: Catalog) -> None:
    def publish(number: int) -> Outcome:
        hour = replace(LATER, location=f"run={number}", as_of=NOON + timedelta(seconds=number))
        return outcome(catalog, hour)[0]

    outcome(catalog, FIRST)
    with ThreadPoolExecutor(4) as pool:
        outcomes = set(pool.map(publish, range(8)))
    assert outcomes <= {Outcome.UNCHANGED, Outcome.SUPERSEDED}
    assert [(each.checksum, each.location) for each in catalog.snapshot()] == [("c1", FIRST.location)]


def test_first_of_two_new_writers_is_kept(catalog: Catalog) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: outcome(catalog, FIRST), range(4)))
    assert sorted(each for each, _ in done) == [Outcome.PUBLISHED, *[Outcome.UNCHANGED] * 3]


def test_catalog_of_unknown_kind_is_refused(settings: Settings) -> None:
    with pytest.raises(CatalogError, match="CATALOG_URI"):
        open_catalog(Settings(None, "todo", settings.zone_uris, "hive://todo", settings.settle))
