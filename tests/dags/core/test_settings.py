from datetime import timedelta

import pytest

from todo_insights.core.errors import SettingsError
from todo_insights.core.settings import Settings


def test_one_lake_folder_holds_zones_and_catalog() -> None:
    settings = Settings.from_environment({"LAKE_URI": "file:///lake/"})
    assert settings.zone_uris["silver"] == "file:///lake/silver"
    assert settings.catalog_uri == "file:///lake/catalog.sqlite"


def test_defaults_fit_the_embedded_product() -> None:
    settings = Settings.from_environment({"LAKE_URI": "file:///lake"})
    assert (settings.mongodb_database, settings.settle) == ("todo", timedelta(minutes=5))


def test_zone_address_overrides_lake_address() -> None:
    settings = Settings.from_environment({"LAKE_URI": "file:///lake", "GOLD_URI": "file:///gold"})
    assert dict(settings.zone_uris) == {
        "bronze": "file:///lake/bronze",
        "silver": "file:///lake/silver",
        "gold": "file:///gold",
    }


@pytest.mark.parametrize(
    ("env", "variable"),
    [
        ({}, "LAKE_URI"),
        ({"LAKE_URI": "lake"}, "LAKE_URI"),
        ({"BRONZE_URI": "file:///b", "SILVER_URI": "file:///s"}, "GOLD_URI"),
        ({"BRONZE_URI": "file:///b", "SILVER_URI": "file:///s", "GOLD_URI": "file:///g"}, "CATALOG_URI"),
        ({"LAKE_URI": "file:///lake", "BRONZE_URI": "http://bronze"}, "BRONZE_URI"),
        ({"LAKE_URI": "file:///lake", "GOLD_URI": "s3://"}, "GOLD_URI"),
        ({"LAKE_URI": "file:///lake", "CATALOG_URI": "glue://"}, "CATALOG_URI"),
        ({"LAKE_URI": "file:///lake", "CATALOG_URI": "sqlite:///c"}, "CATALOG_URI"),
        ({"LAKE_URI": "file:///lake", "AWS_ENDPOINT_URL": "127.0.0.1:5000"}, "AWS_ENDPOINT_URL"),
        ({"LAKE_URI": "file:///lake", "SETTLE_SECONDS": "-1"}, "SETTLE_SECONDS"),
        ({"LAKE_URI": "file:///lake", "SETTLE_SECONDS": "soon"}, "SETTLE_SECONDS"),
    ],
)
def test_missing_or_bad_setting_is_named(env: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment(env)
