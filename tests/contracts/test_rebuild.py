"""The API can rebuild a database from the stream of changes that the pipeline exports."""

from datetime import UTC, datetime

from tests.dags.change_log import created, task, user
from todo_insights.catalog import export
from todo_insights.lake.schema import SOURCE
from webapp.rebuild import lake
from webapp.rebuild.checksum import FIELDS, Checksum


def test_pipeline_and_api_use_one_stream_format() -> None:
    assert (export.FORMAT, SOURCE.names) == (lake.FORMAT, list(FIELDS))


def test_pipeline_and_api_compute_equal_digests() -> None:
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


def test_digests_of_parts_add_up() -> None:
    one, other = created(task()), created(user())
    parts = Checksum.of([one]).plus(Checksum.from_summary(Checksum.of([other]).summary()))
    assert parts == Checksum.of([other, one])
