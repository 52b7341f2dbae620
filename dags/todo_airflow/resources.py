"""The connections that a task opens: settings, lake, catalog, database and AWS.

Every task reads the settings again, so a changed secret takes effect with the next task.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus, urlsplit

from airflow.sdk import Connection, Variable
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from .addresses import mongodb_uri
from .task_logs import forward_to_airflow

if TYPE_CHECKING:
    from todo_insights.catalog.stores import Stores
    from todo_insights.core.aws import Aws
    from todo_insights.core.database import Database
    from todo_insights.core.settings import Settings

DATABASE_CONNECTION = "todo_database"
SETTINGS_VARIABLE = "todo_settings"
AWS_CONNECTION = "aws_default"


@dataclass(frozen=True)
class TaskResources:
    """The settings, lake, catalog and database of this environment; `aws` is None if no setting uses AWS."""

    settings: "Settings"
    stores: "Stores"
    database: "Database"
    aws: "Aws | None"


def now() -> datetime:
    """The current time; the pipeline takes it as an argument."""
    return datetime.now(UTC)


@contextmanager
def open_resources() -> Iterator[TaskResources]:
    """Open the resources that the settings name; connections are made on first use."""
    from todo_insights.catalog.stores import open_stores
    from todo_insights.core.database import open_database

    forward_to_airflow()
    settings = task_settings()
    aws = aws_of(settings)
    with open_database(settings) as database:
        yield TaskResources(settings, open_stores(settings, aws), database, aws)


def task_settings() -> "Settings":
    """The settings from `todo_database`, `todo_settings` and the environment, in this order of priority.

    Raises a SettingsError whose message says what to set.
    """
    from todo_insights.core.settings import Settings

    variables = dict(task_variables())
    try:
        connection = Connection.get(DATABASE_CONNECTION)
    except AirflowNotFoundException:
        connection = None
    if connection is not None:
        variables["MONGODB_URI"] = mongodb_uri(connection, variables.get("MONGODB_URI"))
        if connection.schema:
            variables["MONGODB_DATABASE"] = connection.schema
    _mask(variables.get("MONGODB_URI"))
    return Settings.from_environment(variables)


def task_variables() -> Mapping[str, str]:
    """The environment variables, replaced by the values of `todo_settings`.

    Raises SettingsError if `todo_settings` is not a JSON object.
    """
    return {**os.environ, **_variable()}


def aws_of(settings: "Settings") -> "Aws | None":
    """AWS with the identity and endpoints of the connection `aws_default`; None if no setting uses AWS."""
    from todo_insights.core.aws import Aws
    from todo_insights.core.settings import AWS_SERVICES

    addresses = [*settings.zone_uris.values(), settings.catalog_uri]
    if settings.metrics == "log" and not any(each.startswith(("s3://", "glue://")) for each in addresses):
        return None
    # The hook is imported here, because it imports boto3, which is slow and not needed for a lake in a
    # folder.
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    hook: Any = AwsBaseHook(aws_conn_id=AWS_CONNECTION)
    endpoints = {each: hook.conn_config.get_service_endpoint_url(each) for each in AWS_SERVICES}
    named = {each: address for each, address in endpoints.items() if address}
    return Aws({**settings.aws_endpoints, **named}, hook.get_session())


def _variable() -> Mapping[str, str]:
    from todo_insights.core.errors import SettingsError

    text: str | None = Variable.get(SETTINGS_VARIABLE, default=None)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or any(isinstance(value, (dict, list)) for value in found.values()):
        raise SettingsError(
            f"the Airflow variable {SETTINGS_VARIABLE} is not a JSON object of names and values; write it "
            'like {"BRONZE_URI": "s3://my-bucket", "LOOK_BACK_HOURS": 24}'
        )
    return {name: str(value) for name, value in found.items() if value is not None}


def _mask(uri: str | None) -> None:
    """Make Airflow mask the password of this URI in logs, both URL-encoded and plain."""
    password = urlsplit(uri).password if uri else None
    for secret in {password, unquote_plus(password)} if password else ():
        mask_secret(secret)
