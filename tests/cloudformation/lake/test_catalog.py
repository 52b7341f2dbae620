"""The Glue tables and the Athena workgroup in the template of the lake."""

import pytest

from cloudformation.lake.columns import lake_tables
from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules.core import Json, of_type


@pytest.fixture
def tables(template: Json) -> dict[str, Json]:
    inputs = [table["TableInput"] for table in of_type(template, "AWS::Glue::Table").values()]
    return {table["Name"]: table for table in inputs}


def test_ten_tables_are_in_the_catalog(tables: dict[str, Json]) -> None:
    assert tables.keys() == {
        "bronze_task_changes",
        "bronze_user_changes",
        "silver_task_changes",
        "silver_user_changes",
        "silver_rejects",
        "gold_user_activity",
        "gold_category_activity",
        "gold_user_activity_daily",
        "gold_category_activity_daily",
        "gold_hours",
    }


@pytest.mark.parametrize(
    ("table", "location"),
    [
        ("bronze_task_changes", "s3://${BronzeBucket}/task_changes/"),
        ("bronze_user_changes", "s3://${BronzeBucket}/user_changes/"),
        ("silver_task_changes", "s3://${SilverBucket}/task_changes/"),
        ("silver_user_changes", "s3://${SilverBucket}/user_changes/"),
        ("silver_rejects", "s3://${SilverBucket}/rejects/"),
        ("gold_user_activity", "s3://${GoldBucket}/user_activity/"),
        ("gold_category_activity", "s3://${GoldBucket}/category_activity/"),
        ("gold_user_activity_daily", "s3://${GoldBucket}/user_activity_daily/"),
        ("gold_category_activity_daily", "s3://${GoldBucket}/category_activity_daily/"),
        ("gold_hours", "s3://${GoldBucket}/hours/"),
    ],
)
def test_table_location_is_in_its_zone(table: str, location: str, tables: dict[str, Json]) -> None:
    assert tables[table]["StorageDescriptor"]["Location"] == {"Fn::Sub": location}


@pytest.mark.parametrize("table", lake_tables())
def test_table_is_parquet(table: str, tables: dict[str, Json]) -> None:
    assert tables[table]["StorageDescriptor"]["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }


@pytest.mark.parametrize(
    ("table", "keys"),
    [(name, ["dt"] if name.endswith(("_daily", "gold_hours")) else ["dt", "hour"]) for name in lake_tables()],
)
def test_partitions_are_hours_or_days(table: str, keys: list[str], tables: dict[str, Json]) -> None:
    found = [(key["Name"], key["Type"]) for key in tables[table]["PartitionKeys"]]
    assert found == [(key, "string") for key in keys]


@pytest.mark.parametrize("table", lake_tables())
def test_table_projects_no_partitions(table: str, tables: dict[str, Json]) -> None:
    assert not [
        name for name in tables[table]["Parameters"] if name.startswith(("projection", "storage.location"))
    ]


def test_database_is_named_after_its_stack(resources: Json) -> None:
    name = {"Fn::Join": ["_", {"Fn::Split": ["-", {"Ref": "AWS::StackName"}]}]}

    assert resources["Database"]["Properties"]["DatabaseInput"]["Name"] == name


def test_workgroup_limits_every_query(resources: Json, environment: str) -> None:
    configuration = resources["Workgroup"]["Properties"]["WorkGroupConfiguration"]

    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["PublishCloudWatchMetricsEnabled"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == ENVIRONMENTS[environment].scan_limit_bytes


def test_workgroup_results_are_encrypted(resources: Json) -> None:
    results = resources["Workgroup"]["Properties"]["WorkGroupConfiguration"]["ResultConfiguration"]

    assert results == {
        "OutputLocation": {"Fn::Sub": "s3://${ResultBucket}/"},
        "ExpectedBucketOwner": {"Ref": "AWS::AccountId"},
        "EncryptionConfiguration": {
            "EncryptionOption": "SSE_KMS",
            "KmsKey": {"Fn::GetAtt": ["LakeKey", "Arn"]},
        },
    }
