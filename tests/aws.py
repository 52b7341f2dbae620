"""AWS for tests: clients of a moto server, and the lake that CloudFormation would create."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import uuid4

from boto3 import Session

from todo_insights.catalog.days import DAY_VIEWS
from todo_insights.catalog.glue_views import view_text
from todo_insights.core.aws import Aws, RetryPolicy
from todo_insights.core.settings import AWS_SERVICES, ZONES, Settings
from todo_insights.sql.athena import views
from tools.services.aws import IDENTITY, REGION

TEMPLATE = Path(__file__).resolve().parent.parent / "cloudformation" / "templates" / "dev" / "lake.json"


def aws_at(address: str, retry_policy: RetryPolicy | None = None) -> Aws:
    """Return AWS clients of the pipeline for the server at this URL; ignores environment variables."""
    session = Session(
        aws_access_key_id=IDENTITY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=IDENTITY["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    return Aws(dict.fromkeys(AWS_SERVICES, address), session, retry_policy or RetryPolicy())


def on_aws(settings: Settings, address: str, aws: Aws) -> Settings:
    """Create versioned buckets and the Glue tables of the stack `lake`; returns settings for this lake."""
    name = f"todo-{uuid4().hex[:12]}"
    buckets = {zone: f"{name}-{zone}" for zone in ZONES}
    for bucket in buckets.values():
        aws.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        aws.client("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    database = name.replace("-", "_")
    aws.client("glue").create_database(DatabaseInput={"Name": database})
    for table in _tables(buckets):
        aws.client("glue").create_table(DatabaseName=database, TableInput=table)
    for view in _day_views():
        aws.client("glue").create_table(DatabaseName=database, TableInput=view)
    return replace(
        settings,
        zone_uris=MappingProxyType({zone: f"s3://{bucket}" for zone, bucket in buckets.items()}),
        catalog_uri=f"glue://{database}",
        aws_endpoints=MappingProxyType(dict.fromkeys(AWS_SERVICES, address)),
    )


def _day_views() -> Iterator[dict[str, Any]]:
    """Yield the day views as tables of Glue, in the form in which Athena stores a deployed view."""
    for name in DAY_VIEWS:
        definition = {"originalSql": views()[name], "catalog": "awsdatacatalog", "columns": []}
        yield {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "PartitionKeys": [],
            "ViewOriginalText": view_text(definition),
            "ViewExpandedText": "/* Presto View */",
        }


def _tables(buckets: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the tables in the committed template, with locations in the buckets of this lake."""
    for resource in json.loads(TEMPLATE.read_text())["Resources"].values():
        if resource["Type"] == "AWS::Glue::Table":
            table = resource["Properties"]["TableInput"]
            location = table["StorageDescriptor"]["Location"]["Fn::Sub"]
            for zone, bucket in buckets.items():
                location = location.replace(f"${{{zone.title()}Bucket}}", bucket)
            table["StorageDescriptor"]["Location"] = location
            yield table
