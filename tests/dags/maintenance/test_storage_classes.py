"""An erasure and a rebuild can read Bronze in every storage class that the template uses."""

from datetime import timedelta

import pytest

from cloudformation.lake.buckets import BRONZE_TRANSITIONS
from tests.dags.lost_catalog import lose_catalog
from tests.dags.maintenance.conftest import ON_AWS
from tests.dags.maintenance.days import answers
from tests.dags.maintenance.world import ADA, LATER, World
from todo_insights.lake.export import export
from todo_insights.maintenance.maintain import maintain
from todo_insights.maintenance.recovery import recover

pytestmark = pytest.mark.parametrize("world", [ON_AWS], indirect=True)


def age(world: World, storage_class: str) -> None:
    """Move all objects of Bronze to a storage class, as the lifecycle rule of the bucket does."""
    assert world.aws is not None
    s3, bucket = world.aws.client("s3"), world.settings.zone_uris["bronze"].removeprefix("s3://")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in page["Versions"]:
            source = {"Bucket": bucket, "Key": each["Key"], "VersionId": each["VersionId"]}
            s3.copy_object(Bucket=bucket, Key=each["Key"], CopySource=source, StorageClass=storage_class)
            s3.delete_object(**source)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        assert {each["StorageClass"] for each in page["Contents"]} == {storage_class}


@pytest.mark.parametrize("storage_class", BRONZE_TRANSITIONS)
def test_bronze_is_readable_at_any_age(world: World, storage_class: str) -> None:
    expected, changes = answers(world.stores), list(export(world.stores))
    age(world, storage_class)
    assert list(export(world.stores)) == changes
    lose_catalog(world.settings, world.aws)
    recover(world.stores, world.database, LATER)
    assert answers(world.stores) == expected
    # The changes have expired from the log, so the erasure has to read Bronze.
    world.database.changes.delete_many({"version": {"$gte": 1}})
    world.delete_account_and_repeat()
    assert world.files_with_word(ADA) == set()
    assert maintain(world.stores, world.database, LATER + timedelta(hours=1))["reprocessed"] == []
