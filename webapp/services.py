"""The services of an application: all stores, built once, with the same database, log and clock."""

from collections.abc import Callable
from datetime import timedelta
from threading import Timer

from webapp.auth.authenticator import Authenticator
from webapp.auth.sessions import Sessions
from webapp.changes import ChangeLog, Entity, KeyClaims
from webapp.core.clock import Clock
from webapp.core.ids import IdFactory
from webapp.core.settings import Settings
from webapp.credentials.signing_keys import Keys
from webapp.database.connection import Database
from webapp.database.registry import Services
from webapp.database.user_facts import UserFacts
from webapp.insights.store import InsightsStore
from webapp.metrics import MetricsRecorder
from webapp.sync.feed import Feed
from webapp.tasks.history import TaskHistory
from webapp.tasks.sort_keys import sort_keys
from webapp.tasks.store import TaskStore
from webapp.users.erasure import Eraser
from webapp.users.store import UserStore


def run_later(seconds: float, function: Callable[[], None]) -> None:
    """Run a function after this many seconds, unless the process has ended by then."""
    timer = Timer(seconds, function)
    timer.daemon = True
    timer.start()


def build_services(
    settings: Settings,
    database: Database,
    clock: Clock,
    new_id: IdFactory,
    signing_keys: Keys | None = None,
) -> Services:
    """Build the services without any database query; `signing_keys` are by default the keys in `settings`."""
    facts = UserFacts(database, clock)
    recorder = MetricsRecorder()
    derive = {Entity.TASK: sort_keys}
    # The eraser commits changes itself, so the log that it uses must not call the eraser after a commit.
    erasure_log = ChangeLog(database, clock, settings.tombstone_days, derive, record=recorder.event)
    erasure_tasks = TaskStore(database, erasure_log, clock, new_id)
    eraser = Eraser(database, erasure_log, clock, erasure_tasks.delete_all, facts, run_later)
    log = ChangeLog(
        database, clock, settings.tombstone_days, derive, eraser.finish_erasure_after, recorder.event
    )
    tasks = TaskStore(database, log, clock, new_id)
    users = UserStore(database, log, clock, new_id, eraser, facts)
    services = Services(settings, signing_keys or Keys.of(settings), database, clock)
    retention = timedelta(days=settings.change_retention_days)
    services.add(
        facts,
        recorder,
        log,
        KeyClaims(database, clock, retention, eraser.finish_erasure),
        eraser,
        tasks,
        users,
        Sessions(database, clock, timedelta(days=settings.refresh_token_days), facts),
        TaskHistory(database, tasks),
        Feed(database, log, users, clock, settings.change_retention_days),
        InsightsStore(database, clock),
        Authenticator(users.authenticate),
    )
    return services
