"""Generates random changes of four users for several days; the same seed gives the same changes."""

import random
from datetime import datetime, timedelta

from tests.dags.change_log import NOON, Document, created, deleted, restored, task, updated, user
from todo_insights.core.hours import Hour

ZONES = {"ada": "Pacific/Auckland", "bob": "America/New_York", "eve": "UTC", "kim": "Asia/Kathmandu"}


def activity(start: datetime, hours: int, changes: int, seed: int) -> list[Document]:
    """Return the registrations of the four users, followed by random changes of tasks."""
    chance = random.Random(seed)
    log = [created(user(_id=who, time_zone=zone), time_zone=zone, at=start) for who, zone in ZONES.items()]
    live: dict[str, Document] = {}
    gone: dict[str, Document] = {}
    for number in range(changes):
        at = start + timedelta(milliseconds=number * hours * 3_600_000 // changes + 1)
        log.append(_step(chance, live, gone, number, at))
    return log


def of_hour(hour: Hour, changes: int = 20) -> list[Document]:
    """Return changes of each user in an hour, whose tasks differ from those of other hours.

    The users of all hours are the same, and register in the first hour of the tests.
    """
    log = [created(task(_id=f"{who}-{hour}", user_id=who), at=hour.start) for who in ZONES]
    for change in activity(hour.start, 1, changes, seed=int(hour.start.timestamp())):
        if change["entity"] == "task":
            task_id = f"{change['entity_id']}-{hour}"
            images = {side: change[side] and change[side] | {"_id": task_id} for side in ("before", "after")}
            ids = {"_id": f"task:{task_id}:{change['version']}", "entity_id": task_id}
            log.append(change | images | ids)
        elif hour.start == NOON:
            log.append(change)
    return log


def _step(
    chance: random.Random, live: dict[str, Document], gone: dict[str, Document], number: int, at: datetime
) -> Document:
    action = chance.choices(["create", "edit", "delete", "restore"], [4, 8, 2, 1])[0]
    if action == "restore" and gone:
        image = gone.pop(chance.choice(sorted(gone)))
        document = restored(image | {"version": image["version"] + 2})
    elif action == "create" or not live:
        document = created(_new(chance, number, at))
    else:
        image = live.pop(chance.choice(sorted(live)))
        document = deleted(image) if action == "delete" else updated(image, **_edit(chance, image, at))
        if action == "delete":
            gone[image["_id"]] = image
    if document["after"] is not None:
        live[document["entity_id"]] = document["after"]
    return document | {"at": at, "time_zone": ZONES[document["user_id"]]}


def _new(chance: random.Random, number: int, at: datetime) -> Document:
    due = at.date() + timedelta(days=chance.randint(-1, 1))
    return task(
        _id=f"t{number:05}",
        user_id=chance.choice(sorted(ZONES)),
        priority=chance.choice(["low", "medium", "high", "urgent"]),
        category=chance.choice([None, "home", "work"]),
        due_date=chance.choice([None, due.isoformat()]),
        created_at=at,
    )


def _edit(chance: random.Random, image: Document, at: datetime) -> Document:
    status = chance.choice(["pending", "in_progress", "completed", "completed", "cancelled"])
    return {
        "status": status,
        "completed_at": (image["completed_at"] or at) if status == "completed" else None,
        "category": chance.choice([image["category"], image["category"], "moved"]),
    }
