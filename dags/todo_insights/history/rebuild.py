"""The history rebuild on Spark: Spark gets one row per slice, and groups the results by hour."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pandas as pd

from ..catalog.base import Outcome
from ..catalog.stores import Stores
from ..core.aws import Aws
from ..core.errors import InsightsError, PublishError
from ..core.logs import LogEntry
from ..hourly.manifest import Manifest
from ..hourly.merge_slices import merge_slices
from ..lake.storage import Lake
from .days import RebuiltDay, record_day, recorded_days
from .publish import publish_rebuilt
from .slices import PublishedHour, SliceSource, published_hours, rebuild_slice

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

logger = logging.getLogger(__name__)

# The number of slices that Spark computes before the driver publishes the hours: enough for a hundred cores
# and for ten days of usual size, but few enough that an interrupted run repeats little work.
_SLICES_AT_ONCE = 240
# The schema of the rows that Spark passes between processes. A row is the result of one slice or hour: a
# manifest, which contains names of files and counts but no changes, or the text of an error.
_RESULT = "hour string, manifest string, error string"


@dataclass(frozen=True)
class LakeAddress:
    """The addresses with which each Python worker of Spark opens the lake.

    The addresses are dicts, because Spark sends them with pickle, which does not accept every kind of
    mapping.
    """

    zone_uris: dict[str, str]
    aws_endpoints: dict[str, str]

    def open(self) -> Lake:
        """Open the lake with the AWS identity of this process."""
        return Lake(self.zone_uris, Aws(self.aws_endpoints))


def rebuild(
    days: Sequence[str],
    rebuild_id: str,
    stores: Stores,
    address: LakeAddress,
    spark: "SparkSession",
    clock: Callable[[], datetime],
) -> list[RebuiltDay]:
    """Compute and publish these days again, except the days that a rebuild with the same id has finished.

    A failed hour does not stop the other hours, and the day of the failed hour is not recorded; PublishError
    names the failed hours at the end. Returns all finished days.
    """
    done = recorded_days(rebuild_id, stores.lake)
    failed: list[str] = []
    remaining = (dt for dt in days if dt not in done)
    for batch in _batches((dt, published_hours(dt, stores)) for dt in remaining):
        results = _compute(batch, address, spark)
        for dt, hours in batch.items():
            errors = _publish_day(dt, hours, results, rebuild_id, stores, clock)
            failed += errors
    if failed:
        raise PublishError("not rebuilt: " + "; ".join(failed))
    return list(recorded_days(rebuild_id, stores.lake).values())


def _batches(
    days: Iterable[tuple[str, list[PublishedHour]]],
) -> Iterator[dict[str, list[PublishedHour]]]:
    """Group the days into batches of about _SLICES_AT_ONCE slices; each batch has at least one day."""
    batch: dict[str, list[PublishedHour]] = {}
    slices = 0
    for dt, hours in days:
        batch[dt] = hours
        slices += sum(len(each.sources()) for each in hours)
        if slices >= _SLICES_AT_ONCE:
            yield batch
            batch, slices = {}, 0
    if batch:
        yield batch


def _compute(
    batch: Mapping[str, list[PublishedHour]], address: LakeAddress, spark: "SparkSession"
) -> dict[str, Manifest | str]:
    """Compute the slices of these hours on Spark; returns by hour the manifest, or the text of the error."""
    sources = [source for hours in batch.values() for each in hours for source in each.sources()]
    if not sources:
        return {}
    results = (
        # One Spark partition per slice: by default Spark would give several slices to one core.
        spark.range(0, len(sources), numPartitions=len(sources))
        .mapInPandas(_slice_function(sources, address), _RESULT)
        .groupBy("hour")
        .applyInPandas(_merge_function(address), _RESULT)
    )
    return {row["hour"]: row["error"] or json.loads(row["manifest"]) for row in results.collect()}


def _slice_function(
    sources: Sequence[SliceSource], address: LakeAddress
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def rebuild_slices(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        lake = address.open()
        for batch in batches:
            chosen = [sources[number] for number in batch["id"]]
            yield pd.DataFrame([_row(each["hour"], _rebuild_slice(each, lake)) for each in chosen])

    return rebuild_slices


def _rebuild_slice(source: SliceSource, lake: Lake) -> Manifest | str:
    try:
        return rebuild_slice(source, lake)
    except InsightsError as error:
        return str(error)


def _merge_function(address: LakeAddress) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def merge_hour(slices: pd.DataFrame) -> pd.DataFrame:
        hour = slices["hour"].iloc[0]
        errors = slices["error"].dropna()
        if len(errors):
            return pd.DataFrame([_row(hour, errors.iloc[0])])
        try:
            merged = merge_slices([json.loads(text) for text in slices["manifest"]], address.open())
        except InsightsError as error:
            return pd.DataFrame([_row(hour, str(error))])
        return pd.DataFrame([_row(hour, merged)])

    return merge_hour


def _row(hour: str, result: Manifest | str) -> dict[str, str | None]:
    if isinstance(result, str):
        return {"hour": hour, "manifest": None, "error": result}
    return {"hour": hour, "manifest": json.dumps(result), "error": None}


def _publish_day(
    dt: str,
    hours: Sequence[PublishedHour],
    results: Mapping[str, Manifest | str],
    rebuild_id: str,
    stores: Stores,
    clock: Callable[[], datetime],
) -> list[str]:
    """Publish the hours of a day; returns the errors, and records the day if there are none."""
    errors: list[str] = []
    changed: list[str] = []
    manifests: list[Manifest] = []
    for each in hours:
        result = results.get(str(each.hour), "its partitions of Bronze and of rejects name no file")
        try:
            if isinstance(result, str):
                raise PublishError(result)
            publications = publish_rebuilt(each, result, stores, clock())
        except InsightsError as error:
            errors.append(f"{each.hour}: {error}")
            continue
        manifests.append(result)
        if any(publication.outcome is Outcome.PUBLISHED for publication in publications):
            changed.append(str(each.hour))
    if not errors:
        changes, rejects = (sum(each[name] for each in manifests) for name in ("source_count", "rejects"))
        record_day(RebuiltDay(dt, len(hours), changes, rejects, tuple(changed)), rebuild_id, stores.lake)
    _log_day(dt, len(hours), len(changed), errors)
    return errors


def _log_day(dt: str, hours: int, changed: int, errors: Sequence[str]) -> None:
    facts = {"hours": hours, "changed": changed, "errors": list(errors)}
    status: Literal["success", "error"] = "error" if errors else "success"
    logger.info(LogEntry("day rebuilt", "rebuild", status=status, window=dt, metadata=facts))
