"""An erasure and a rebuild can read Bronze in every storage class that the template uses."""

from datetime import timedelta

import pytest

from cloudformation.lake.buckets import BRONZE_TRANSITIONS
from tests.dags.lost_catalog import lose_catalog
from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.days import answers
from tests.dags.maintenance.erasure_scenario import ADA, LATER, ErasureScenario
from todo_insights.catalog.export import export
from todo_insights.maintenance.maintain import maintain
from todo_insights.maintenance.recovery import recover

pytestmark = pytest.mark.parametrize("scenario", [ON_AWS], indirect=True)


def age(scenario: ErasureScenario, storage_class: str) -> None:
    """Move all objects of Bronze to a storage class, as the lifecycle rule of the bucket does."""
    assert scenario.aws is not None
    s3, bucket = scenario.aws.client("s3"), scenario.settings.zone_uris["bronze"].removeprefix("s3://")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in page["Versions"]:
            source = {"Bucket": bucket, "Key": each["Key"], "VersionId": each["VersionId"]}
            s3.copy_object(Bucket=bucket, Key=each["Key"], CopySource=source, StorageClass=storage_class)
            s3.delete_object(**source)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        assert {each["StorageClass"] for each in page["Contents"]} == {storage_class}


@pytest.mark.parametrize("storage_class", BRONZE_TRANSITIONS)
def test_bronze_is_readable_at_any_age(scenario: ErasureScenario, storage_class: str) -> None:
    expected, changes = answers(scenario.stores), list(export(scenario.stores))
    age(scenario, storage_class)
    assert list(export(scenario.stores)) == changes
    lose_catalog(scenario.settings, scenario.aws)
    recover(scenario.stores, scenario.database, LATER)
    assert answers(scenario.stores) == expected
    # The changes have expired from the log, so the erasure has to read Bronze.
    scenario.database.changes.delete_many({"version": {"$gte": 1}})
    scenario.delete_account_and_repeat()
    assert scenario.files_with_word(ADA) == set()
    assert maintain(scenario.stores, scenario.database, LATER + timedelta(hours=1))["reprocessed"] == []
