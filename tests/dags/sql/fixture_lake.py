"""Builds a small lake whose content is always the same, for comparisons with Trino.

The lake contains a compacted day and days that are not compacted, NULLs, non-ASCII texts, clock changes and
rejects.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson

from tests.dags.activity import activity
from tests.dags.change_log import Document, created, deleted, task, updated, user
from todo_insights.catalog.sqlite_catalog import SqliteCatalog
from todo_insights.catalog.stores import CheckedCatalog, Stores
from todo_insights.core.hours import Hour, to_text
from todo_insights.hourly.manifest import Slice
from todo_insights.hourly.process import process_from
from todo_insights.hourly.publish import publish_hours
from todo_insights.lake.storage import Lake
from todo_insights.maintenance.compaction import compact
from todo_insights.transform.bronze import Extracted, bronze_of

# FOLDED are the days that are compacted, and UNFOLDED are the other days. In Europe, clocks are set back on
# the first of these days; in America, on the last of them.
FOLDED = ("2026-10-25",)
UNFOLDED = ("2026-10-26", "2026-11-01")
PUBLISHED_AT = datetime(2026, 11, 2, tzinfo=UTC)
_FEW_HOURS = range(4, 8)


def _hours() -> list[Hour]:
    whole = [Hour.parse(f"{day}T{hour:02}") for day in FOLDED for hour in range(24)]
    return whole + [Hour.parse(f"{day}T{hour:02}") for day in UNFOLDED for hour in _FEW_HOURS]


def log() -> list[Document]:
    """Return the changes, ordered by time."""
    start = _hours()[0].start
    changes = activity(start, 24, 70, seed=14)
    for number, day in enumerate(UNFOLDED):
        begin = Hour.parse(f"{day}T04").start
        changes += [
            _renumbered(each, f"day{number}") for each in activity(begin, 4, 16, seed=15 + number)[4:]
        ]
    return sorted([*changes, *_special(start)], key=lambda each: each["at"])


def _renumbered(change: Document, prefix: str) -> Document:
    def image(value: Document | None) -> Document | None:
        return value and value | {"_id": f"{prefix}-{value['_id']}"}

    return change | {
        "_id": change["_id"].replace("task:", f"task:{prefix}-"),
        "entity_id": f"{prefix}-{change['entity_id']}",
        "before": image(change["before"]),
        "after": image(change["after"]),
    }


def _special(start: datetime) -> list[Document]:
    noon, night = start + timedelta(hours=12), start + timedelta(hours=21, minutes=30)
    zoe = user(_id="zoé", email="zoé@example.com", name="Zoé", time_zone="Europe/Paris")
    shop = task(
        _id="tö1",
        user_id="zoé",
        title="Einkauf 🛒",
        category="Büro & Straße",
        tags=["\u03b1", "\u03b2", "\u03b1"],
        due_date="2026-10-31",
        created_at=noon,
        updated_at=noon,
    )
    done = updated(shop, status="completed", completed_at=night) | {"at": night, "time_zone": "Europe/Paris"}
    bare = task(
        _id="tö2", user_id="zoé", title="", category=None, tags=[], description=None, created_at=night
    )
    return [
        created(zoe, at=noon, time_zone="Europe/Paris"),
        created(shop, at=noon, time_zone="Europe/Paris"),
        done,
        created(bare, at=night, time_zone="Europe/Paris", request_id=None),
        deleted(bare, at=night + timedelta(hours=2), time_zone="Europe/Paris"),
        created(task(_id="bad1", status="lost", created_at=noon), at=noon),
        created(task(_id="bad2", due_date="2026-02-30", created_at=night), at=night),
    ]


def build(folder: Path) -> Stores:
    """Process and publish the changes that `log` returns, and compact the first day."""
    lake = Lake({zone: (folder / zone).as_uri() for zone in ("bronze", "silver", "gold")})
    stores = Stores(lake, CheckedCatalog(SqliteCatalog(folder / "catalog.sqlite"), lake))
    changes = log()
    manifests = [
        process_from(_slice(hour), lambda a, b: _between(changes, a, b), lake, PUBLISHED_AT)
        for hour in _hours()
    ]
    publish_hours(manifests, stores, timedelta(0), PUBLISHED_AT)
    compact(FOLDED, stores, PUBLISHED_AT)
    return stores


def _slice(hour: Hour) -> Slice:
    end = hour.start + timedelta(hours=1)
    return Slice(
        hour=str(hour), slice=0, slices=1, reason="scheduled", start=to_text(hour.start), end=to_text(end)
    )


def _between(changes: list[Document], start: datetime, end: datetime) -> Iterator[Extracted]:
    found: list[Any] = [bson.encode(each) for each in changes if start <= each["at"] < end]
    return bronze_of([b"".join(found)] if found else [], limit=2**20)
