"""The pipeline reads every setting that the templates give to Airflow, and has the needed permissions."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules.core import Json, statements
from todo_insights.catalog.days import DAY_VIEWS
from todo_insights.core.settings import Settings

ROOT = Path(__file__).parents[3]
# https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/release-versions.html
SPARK = {"emr-7.10.0": "3.5.5", "emr-7.11.0": "3.5.6"}
FILLED_IN = {"DatabaseName": "todo_lake"}


def _secret(resources: Json, title: str) -> Any:
    """Return a secret as Airflow's secrets backend reads it, with values instead of parameters."""
    text = resources[title]["Properties"]["SecretString"]["Fn::Sub"]
    text = re.sub(r"\$\{(\w+)\}", lambda match: FILLED_IN.get(match[1], match[1].lower()), text)
    return json.loads(text)


def test_pipeline_understands_its_settings(environment: str, resources: Json) -> None:
    settings = Settings.from_environment(_secret(resources, "PipelineSettings"))

    assert settings.zone_uris == {
        "bronze": "s3://bronzebucketname",
        "silver": "s3://silverbucketname",
        "gold": "s3://goldbucketname",
    }
    assert settings.catalog_uri == "glue://todo_lake"
    assert (settings.environment, settings.metrics) == (environment, "cloudwatch")


def test_pipeline_reads_every_setting_that_the_stack_writes(resources: Json) -> None:
    files = ("dags/todo_insights/core/settings.py", "dags/todo_airflow/history.py")
    manual = "".join((ROOT / each).read_text() for each in files)
    given = {name for name in _secret(resources, "PipelineSettings") if not name.endswith("_URI")}

    history = {f"HISTORY_{each}" for each in ("APPLICATION_ID", "LOG_GROUP", "REGION", "ROLE_ARN")}
    assert given == {"METRICS", "TODO_ENVIRONMENT"} | history
    assert all(f'"{name}"' in manual for name in given)


def test_connection_asks_for_tls_and_the_primary(environment: str, templates: dict[str, Json]) -> None:
    secret = templates["data"]["Resources"]["PipelineDatabaseSecret"]["Properties"]
    connection = json.loads(secret["GenerateSecretString"]["SecretStringTemplate"]["Fn::Sub"])

    assert connection["schema"] == ENVIRONMENTS[environment].database_name
    assert connection["extra"] == {
        "tls": "true",
        "tlsCAFile": "/usr/local/airflow/dags/certificates/global-bundle.pem",
        "replicaSet": "rs0",
        "readPreference": "primary",
        "retryWrites": "false",
    }


@pytest.mark.parametrize(
    ("home", "title", "kind", "key"),
    [
        ("data", "PipelineDatabaseSecret", "connections", "todo_database"),
        ("airflow", "PipelineSettings", "variables", "todo_settings"),
    ],
)
def test_backend_finds_the_names_that_dags_look_up(
    home: str, title: str, kind: str, key: str, resources: Json, templates: dict[str, Json]
) -> None:
    options = resources["Environment"]["Properties"]["AirflowConfigurationOptions"]
    lookups = json.loads(options["secrets.backend_kwargs"]["Fn::Sub"])
    given = templates["data"]["Outputs"]["ConnectionPrefix"]["Value"]["Fn::Sub"]
    prefix = lookups[f"{kind}_prefix"].replace("${ConnectionPrefix}", given)

    assert templates[home]["Resources"][title]["Properties"]["Name"] == {"Fn::Sub": f"{prefix}/{key}"}
    assert re.match(lookups[f"{kind}_lookup_pattern"], key)
    assert not re.match(lookups[f"{kind}_lookup_pattern"], "aws_default")
    assert options["workers.secrets_backend_kwargs"] == options["secrets.backend_kwargs"]


def _allowed(template: Json, sid: str) -> Json:
    (statement,) = [each for _, each in statements(template) if each.get("Sid") == sid]
    return statement


def _allowed_in_glue(template: Json, role: str) -> set[str]:
    """Return the Glue actions that the policies of a role allow."""
    allowed = [each for name, each in statements(template) if (name, each["Effect"]) == (role, "Allow")]
    actions = {action for each in allowed for action in each["Action"]}
    return {action.removeprefix("glue:") for action in actions if action.startswith("glue:")}


def test_roles_may_make_every_call_of_the_catalog(template: Json) -> None:
    """A rebuild of history publishes partitions; it deletes none, and does not change views."""
    code = (ROOT / "dags/todo_insights/catalog/glue_catalog.py").read_text()
    calls = set(re.findall(r"_glue\.(?!get_paginator)(\w+)\(|get_paginator\(\"(\w+)\"\)", code))
    actions = {"".join(word.title() for word in "".join(call).split("_")) for call in calls}

    assert "GetPartitions" in actions
    assert _allowed_in_glue(template, "ExecutionRole") == actions
    assert _allowed_in_glue(template, "HistoryRole") == actions - {
        "DeletePartition",
        "GetTable",
        "UpdateTable",
    }


def test_role_changes_no_table_but_the_day_views(template: Json) -> None:
    statement = _allowed(template, "MoveCutoffOfViews")
    tables = {
        arn.split(":table/")[1] for each in statement["Resource"] if ":table/" in (arn := each["Fn::Sub"])
    }

    assert tables == {f"${{DatabaseName}}/{name}" for name in DAY_VIEWS}


def test_spark_of_the_release_is_tested(resources: Json) -> None:
    (pin,) = re.findall(r"^pyspark==(\S+)", (ROOT / "requirements/spark.in").read_text(), re.MULTILINE)

    assert SPARK[resources["HistoryApplication"]["Properties"]["ReleaseLabel"]] == pin


def test_constraints_are_those_of_the_version(resources: Json) -> None:
    version = resources["Environment"]["Properties"]["AirflowVersion"]

    assert f"apache-airflow=={version}" in (ROOT / "dags/constraints.txt").read_text().splitlines()
