"""The catalog in AWS: the Glue Data Catalog, which Athena reads.

CloudFormation creates the database and the tables; the pipeline creates the partitions:
https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-partitions.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..core.aws import Aws
from ..core.errors import CatalogError
from ..lake.schema import ALL_TABLES
from ..lake.storage import Lake
from .base import (
    LAST_DAY,
    Outcome,
    Partition,
    Publication,
    Record,
    is_unneeded,
    no_record,
    outcome_of,
    refreshed,
)
from .days import DAY_VIEWS, NO_CUTOFF
from .glue_partitions import from_glue, keys_of, to_glue
from .glue_views import view_cutoff, view_with_cutoff

_NOT_FOUND = "EntityNotFoundException"
# The maximum number of attempts to change a partition if other processes change it at the same time; each
# attempt reads the partition again.
_ATTEMPTS = 10


class GlueCatalog:
    """The catalog in the Glue database `name`; `lake` knows the addresses of the zones."""

    def __init__(self, name: str, lake: Lake, aws: Aws) -> None:
        self._name, self._lake, self._aws = name, lake, aws

    def publish(
        self,
        partitions: Sequence[Partition],
        now: datetime,
        confirm: Callable[[Partition], None],
        record: Record = no_record,
    ) -> list[Publication]:
        """Set the location of each partition by one call; if `confirm` or `record` raises, nothing changes.

        Glue has no compare-and-set: if two processes read a partition and then both update it, the later
        update is kept and the earlier one is lost. So only one task at a time publishes hours.
        """
        with self._errors():
            looks = [self._look(each, confirm) for each in partitions]
            record([_publication(each, *look) for each, look in zip(partitions, looks, strict=True)])
            return [
                self._publish(each, look, now, confirm) for each, look in zip(partitions, looks, strict=True)
            ]

    def withdraw(self, table: str, dt: str) -> None:
        """Remove the partition of a day from the catalog."""
        with self._errors(), self._unless(_NOT_FOUND):
            self._glue.delete_partition(DatabaseName=self._name, TableName=table, PartitionValues=[dt])

    def snapshot(
        self, tables: Sequence[str] | None = None, since: str = "", until: str = LAST_DAY
    ) -> list[Partition]:
        """The published partitions in order of table and hour; each table is read at a different moment."""
        names = sorted(tables if tables is not None else (table.physical for table in ALL_TABLES))
        with self._errors():
            found = [from_glue(each) for name in names for each in self._list(name, since, until)]
        return sorted(found, key=lambda each: (each.table, each.dt, each.hour or ""))

    def is_missing(self) -> bool:
        """Return whether the first hourly table has no partition; each publication begins with this table."""
        with self._errors():
            answer = self._glue.get_partitions(
                DatabaseName=self._name, TableName=ALL_TABLES[0].physical, MaxResults=1
            )
            return not answer["Partitions"]

    def cutoff(self) -> str:
        """The latest cutoff of the day views."""
        with self._errors():
            return max((view_cutoff(view) or NO_CUTOFF for view in self._views()), default=NO_CUTOFF)

    def move_cutoff(self, dt: str) -> None:
        """Replace the cutoff in each day view that contains a cutoff; skip views that are not deployed."""
        with self._errors():
            for view in self._views():
                if view_cutoff(view) not in (None, dt):
                    self._glue.update_table(DatabaseName=self._name, TableInput=view_with_cutoff(view, dt))

    def _views(self) -> Iterator[Mapping[str, Any]]:
        for name in DAY_VIEWS:
            with self._unless(_NOT_FOUND):
                yield self._glue.get_table(DatabaseName=self._name, Name=name)["Table"]

    @property
    def _glue(self) -> Any:
        return self._aws.client("glue")

    def _look(
        self, partition: Partition, confirm: Callable[[Partition], None]
    ) -> tuple[Partition | None, Outcome]:
        """Return the partition that is now in the catalog, and the outcome; raises the error of `confirm`."""
        current = self._find(partition)
        outcome = outcome_of(current, partition, confirm)
        if outcome is Outcome.PUBLISHED:
            confirm(partition)
        return current, outcome

    def _publish(
        self,
        partition: Partition,
        look: tuple[Partition | None, Outcome],
        now: datetime,
        confirm: Callable[[Partition], None],
    ) -> Publication:
        for _ in range(_ATTEMPTS):
            current, outcome = look
            # Checking files takes time, so the partition is read once more directly before the call that
            # updates it.
            if self._find(partition) == current and self._point(current, partition, outcome, now):
                return _publication(partition, current, outcome)
            look = self._look(partition, confirm)
        raise CatalogError(f"other processes changed {partition.table} {keys_of(partition)}; try again")

    def _point(self, current: Partition | None, new: Partition, outcome: Outcome, now: datetime) -> bool:
        if outcome is Outcome.SUPERSEDED:
            return True
        if outcome is Outcome.UNCHANGED and current is not None:
            return self._update(refreshed(current, new))
        pointed = replace(new, published_at=now)
        return self._create(pointed) if current is None else self._update(pointed)

    def _find(self, wanted: Partition) -> Partition | None:
        with self._unless(_NOT_FOUND):
            answer = self._glue.get_partition(
                DatabaseName=self._name, TableName=wanted.table, PartitionValues=keys_of(wanted)
            )
            return from_glue(answer["Partition"])
        return None

    def _create(self, partition: Partition) -> bool:
        with self._unless("AlreadyExistsException"):
            self._glue.create_partition(
                DatabaseName=self._name,
                TableName=partition.table,
                PartitionInput=to_glue(partition, self._lake),
            )
            return True
        return False

    def _update(self, partition: Partition) -> bool:
        with self._unless(_NOT_FOUND):
            self._glue.update_partition(
                DatabaseName=self._name,
                TableName=partition.table,
                PartitionValueList=keys_of(partition),
                PartitionInput=to_glue(partition, self._lake),
            )
            return True
        return False

    def _list(self, table: str, since: str, until: str) -> Iterator[Mapping[str, Any]]:
        bounds = ((">=", since, ""), ("<=", until, LAST_DAY))
        conditions = [f"dt {sign} '{day}'" for sign, day, everything in bounds if day != everything]
        wanted = {"Expression": " AND ".join(conditions)} if conditions else {}
        pages = self._glue.get_paginator("get_partitions").paginate(
            DatabaseName=self._name, TableName=table, ExcludeColumnSchema=True, **wanted
        )
        for page in pages:
            yield from page["Partitions"]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            # The code handles a missing partition before this point. So "entity not found" means that a table
            # or the database is missing.
            hint = "deploy the lake stack, which creates it" if _is(error, _NOT_FOUND) else "try again"
            raise CatalogError(f"the Glue database {self._name} cannot be used, {hint}: {error}") from error

    @contextmanager
    def _unless(self, code: str) -> Iterator[None]:
        """Within the block, ignore an error of Glue with this code."""
        try:
            yield
        except ClientError as error:
            if not _is(error, code):
                raise


def _publication(new: Partition, current: Partition | None, outcome: Outcome) -> Publication:
    return Publication(new, outcome, is_unneeded(current, new, outcome), current)


def _is(error: BotoCoreError | ClientError, code: str) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == code
