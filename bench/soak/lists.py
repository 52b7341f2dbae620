"""How users look through their tasks: every page shows what was acknowledged, and nothing else."""

from datetime import UTC, datetime

from bench.soak.mirror import NEVER
from bench.soak.model import Contradiction, expect
from bench.soak.tasks import STATUSES, TASKS
from bench.soak.user import API, User


def list_tasks(user: User) -> None:
    """Walk through all pages: everything acknowledged, newest first."""
    seen = user.pages(f"{TASKS}?limit=25")
    expect(user.model.tasks, seen)
    if [task["id"] for task in seen] != sorted((task["id"] for task in seen), reverse=True):
        raise Contradiction("the list is not in the order of creation")


def list_by_status(user: User) -> None:
    """Walk through the tasks of one status."""
    status = user.random.choice(STATUSES)
    wanted = {key: task for key, task in user.model.tasks.items() if task["status"] == status}
    expect(wanted, user.pages(f"{TASKS}?limit=10&status={status}"))


def sync(user: User) -> None:
    """Bring the user's copy up to date from the feed of changes."""
    more = True
    while more:
        cursor = "" if user.mirror.cursor is None else f"&cursor={user.mirror.cursor}"
        page = user.read(f"{API}/changes?limit=50{cursor}").json()
        for item in page["items"]:
            user.mirror.apply(item)
        user.mirror.cursor, more = page["next_cursor"], page["has_more"]
    if user.mirror.whole_since == NEVER:
        user.mirror.whole_since = datetime.now(UTC).isoformat()
    user.mirror.check(user.model)
