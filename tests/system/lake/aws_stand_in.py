"""A moto server that imitates S3, Glue and CloudWatch, with the buckets and tables of the stack."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from todo_insights.core.aws import Aws
from todo_insights.core.settings import AWS_SERVICES, ZONES
from tools.data_folder import ROOT, DataFolder
from tools.supervision.ports import LOOPBACK, free_port, is_in_use
from tools.supervision.processes import Service

TEMPLATE = ROOT / "cloudformation" / "templates" / "dev" / "lake.json"
REGION = "eu-central-1"
DATABASE = "todo_dev_lake"
IDENTITY = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}


@dataclass(frozen=True)
class AwsServer:
    """A running moto server on the port `port`."""

    service: Service
    port: int

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self, endpoint: str) -> dict[str, str]:
        """Return the environment variables with which the pipeline uses the lake at this endpoint."""
        zones = {f"{zone.upper()}_URI": f"s3://{bucket(zone)}" for zone in ZONES}
        catalog = {"CATALOG_URI": f"glue://{DATABASE}", "METRICS": "cloudwatch"}
        return IDENTITY | zones | catalog | {"AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": endpoint}

    def client(self, name: str) -> Any:
        """Return a boto3 client that connects to the server directly, without the fault proxy."""
        return self._session.client(name, endpoint_url=self.url)

    def identity(self) -> Aws:
        """Return AWS clients of the pipeline that use this server."""
        return Aws(dict.fromkeys(AWS_SERVICES, self.url), self._session)

    @cached_property
    def _session(self) -> Any:
        key, secret = IDENTITY["AWS_ACCESS_KEY_ID"], IDENTITY["AWS_SECRET_ACCESS_KEY"]
        return boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=REGION)


def bucket(zone: str) -> str:
    return f"todo-dev-{zone}"


def start(folder: DataFolder, env: Mapping[str, str]) -> AwsServer:
    """Start the server, and create versioned buckets and the tables of the CloudFormation stack."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)]
    service = Service.start("The AWS server", command, env, folder.log("aws"))
    service.wait_until(lambda: is_in_use(port), seconds=60)
    started = AwsServer(service, port)
    _make_buckets(started.client("s3"))
    _make_tables(started.client("glue"))
    return started


def _make_buckets(s3: Any) -> None:
    for zone in ZONES:
        s3.create_bucket(Bucket=bucket(zone), CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_versioning(Bucket=bucket(zone), VersioningConfiguration={"Status": "Enabled"})


def _make_tables(glue: Any) -> None:
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for resource in json.loads(TEMPLATE.read_text())["Resources"].values():
        if resource["Type"] == "AWS::Glue::Table":
            table = resource["Properties"]["TableInput"]
            # CloudFormation sets a location for each table, but the pipeline uses only the locations of
            # partitions.
            storage = {"StorageDescriptor": {**table["StorageDescriptor"], "Location": ""}}
            glue.create_table(DatabaseName=DATABASE, TableInput=table | storage)
