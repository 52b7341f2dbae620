"""Merge the slices of an hour into one manifest with a run folder of its own.

A partition names one folder, and a published folder never changes. But each slice has a separate folder, and
Airflow may retry the task of a slice at any time. Therefore the files of all slices are copied to a new
folder, to which only this attempt writes.
"""

import logging
from collections.abc import Iterable, Sequence

import pyarrow as pa

from ..core.errors import VerificationError
from ..core.hours import from_text
from ..lake.files import location_of, new_run_key
from ..lake.schema import BY_NAME, LakeTable
from ..lake.storage import Lake
from ..transform.aggregate import add_up
from ..transform.verify import verify_sum
from .manifest import Manifest, WrittenTable, hour_of, joined
from .write_table import write_table

logger = logging.getLogger(__name__)


def merge_slices(manifests: Sequence[Manifest], lake: Lake) -> Manifest:
    """Merge the manifests of all slices of an hour: Bronze and Silver files are copied, Gold is added up.

    If an hour has a single slice, its manifest is returned unchanged. Raises VerificationError when slices
    are missing, or when the total of a Gold counter after the merge differs from the sum over the slices.
    """
    slices = sorted(manifests, key=lambda each: each["slice"])
    first = slices[0]
    if [each["slice"] for each in slices] != list(range(first["slices"])):
        raise VerificationError(
            f"{first['hour']} has {len(slices)} of {first['slices']} slices; process the others, then publish"
        )
    if len(slices) == 1:
        return first
    # `as_of` is the time of the earliest reading: every change that was committed before this time is in one
    # of the slices.
    as_of = min(each["as_of"] for each in slices)
    run_key = new_run_key(from_text(as_of))
    logger.info("%s: merging %d slices", first["hour"], len(slices))
    return Manifest(
        hour=first["hour"],
        slice=0,
        slices=1,
        reason=first["reason"],
        run_key=run_key,
        as_of=as_of,
        source_count=sum(each["source_count"] for each in slices),
        rejects=sum(each["rejects"] for each in slices),
        seconds=round(sum(each["seconds"] for each in slices), 3),
        peak_mb=max(each["peak_mb"] for each in slices),
        tables={name: _merged_table(BY_NAME[name], slices, run_key, lake) for name in first["tables"]},
    )


def _merged_table(table: LakeTable, slices: Sequence[Manifest], run_key: str, lake: Lake) -> WrittenTable:
    location = location_of(table, hour_of(slices[0]), run_key)
    parts = [each["tables"][table.physical] for each in slices]
    if table.zone == "gold":
        return _added_up(table, parts, location, lake)
    for part in parts:
        for file in part["files"]:
            # The name of a file contains the number of its slice.
            lake.copy(table.zone, (part["location"], file["name"]), location, file["name"])
    return joined(location, parts)


def _added_up(table: LakeTable, parts: Iterable[WrittenTable], location: str, lake: Lake) -> WrittenTable:
    golds: list[pa.Table] = [
        lake.read(table, [(part["location"], file["name"]) for file in part["files"]], table.columns.names)
        for part in parts
    ]
    rows = add_up(golds, table)
    verify_sum(golds, rows, table)
    return write_table(rows, table, location, "part-00000.parquet", lake)
