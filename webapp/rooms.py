"""What the views work with: the stores, built once per application and handed over through it."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask

from webapp.auth.keys import Keys
from webapp.auth.sessions import Sessions
from webapp.changes import ChangeLog, Entity
from webapp.clock import Clock
from webapp.database import Database
from webapp.ids import IdFactory
from webapp.insights.store import InsightsStore
from webapp.settings import Settings
from webapp.sync.feed import Feed
from webapp.tasks.history import TaskHistory
from webapp.tasks.keys import sort_keys
from webapp.tasks.store import TaskStore
from webapp.users.erasure import Eraser
from webapp.users.store import UserStore


@dataclass(frozen=True)
class Rooms:
    """The stores of one application, all on the same database, log and clock."""

    settings: Settings
    keys: Keys
    database: Database
    clock: Clock
    log: ChangeLog
    sessions: Sessions
    eraser: Eraser
    users: UserStore
    tasks: TaskStore
    history: TaskHistory
    feed: Feed
    insights: InsightsStore

    @classmethod
    def build(
        cls,
        settings: Settings,
        database: Database,
        clock: Clock,
        new_id: IdFactory,
        keys: Keys | None = None,
    ) -> "Rooms":
        """Furnish the rooms; does not touch the database. Without `keys`, those of the settings sign."""
        derive = {Entity.TASK: sort_keys}
        # The eraser writes to a log that does not call it back.
        eraser = Eraser(database, ChangeLog(database, clock, settings.tombstone_days, derive), clock)
        log = ChangeLog(database, clock, settings.tombstone_days, derive, eraser.settle_after)
        tasks = TaskStore(database, log, clock, new_id)
        users = UserStore(database, log, clock, new_id, eraser)
        return cls(
            settings=settings,
            keys=keys or Keys.of(settings),
            database=database,
            clock=clock,
            log=log,
            sessions=Sessions(database, clock, timedelta(days=settings.refresh_token_days)),
            eraser=eraser,
            users=users,
            tasks=tasks,
            history=TaskHistory(database, tasks),
            feed=Feed(database, log, users, clock, settings.change_retention_days),
            insights=InsightsStore(database, clock),
        )


def rooms(app: Flask) -> Rooms:
    """The rooms of an application made by `create_app`."""
    found: Rooms = app.extensions["todo"]
    return found
