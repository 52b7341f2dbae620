"""What the pipeline hands out of the lake is what the API rebuilds a database from."""

from datetime import UTC, datetime

from tests.dags.change_log import created, task, user
from todo_insights.lake import export
from todo_insights.lake.schema import SOURCE
from webapp.rebuild import lake
from webapp.rebuild.checksum import FIELDS, Checksum


def test_both_sides_know_the_same_stream() -> None:
    assert (export.FORMAT, SOURCE.names) == (lake.FORMAT, list(FIELDS))


def test_both_sides_add_up_alike() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 1000, tzinfo=UTC)
    documents = [
        created(task(title="Ünïcode 🌱", tags=["a", "b"], due_date="2026-11-30")),
        created(user(created_at=moment)),
        created(task(_id="t2", completed_at=moment)),
    ]
    theirs = export.ChangesDigest()
    for document in reversed(documents):
        theirs.add(document)
    assert theirs.summary() == Checksum.of(documents).summary()
    assert theirs.summary() != Checksum.of(documents[:2]).summary()


def test_tallies_add_up_in_parts() -> None:
    one, other = created(task()), created(user())
    parts = Checksum.of([one]).plus(Checksum.from_summary(Checksum.of([other]).summary()))
    assert parts == Checksum.of([other, one])
