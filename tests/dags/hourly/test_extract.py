"""Reading the log: the time of its oldest change, and the error if the database cannot be reached."""

from datetime import timedelta

import pytest

from tests.dags.change_log import NOON, created, task
from todo_insights.core.errors import SettingsError, SourceError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import Changes, first_change_at, open_changes


def test_first_change_is_the_oldest(changes: Changes) -> None:
    assert first_change_at(changes) is None
    oldest = NOON - timedelta(hours=1)
    changes.insert_many([created(task(_id="t2")), created(task()) | {"at": oldest}])
    assert first_change_at(changes) == oldest


def test_unavailable_database_is_a_source_error(settings: Settings) -> None:
    away = Settings(
        "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200",
        settings.mongodb_database,
        settings.zone_uris,
        settings.catalog_uri,
        settings.settle,
    )
    with pytest.raises(SourceError, match="MONGODB_URI"), open_changes(away) as log:
        first_change_at(log)


def test_missing_address_of_log_is_an_error(settings: Settings) -> None:
    nowhere = Settings(None, "todo", settings.zone_uris, settings.catalog_uri, settings.settle)
    with pytest.raises(SettingsError, match="set MONGODB_URI"), open_changes(nowhere):
        pass
