"""Rules for what Airflow looks up: the connection to the database, and the settings of the pipeline."""

import json
import re
from pathlib import Path
from typing import Any

from tests.cloudformation.rules import Json, Rule, of_type

TASKS = Path(__file__).resolve().parents[2] / "dags" / "todo_airflow" / "work.py"
ASKED = re.compile(r'^(?:DATABASE|SETTINGS)_(CONNECTION|VARIABLE) = "(\w+)"$', re.MULTILINE)
FIELD = "{{resolve:secretsmanager:${DatabaseSecretArn}:SecretString:%s}}"
# https://docs.aws.amazon.com/documentdb/latest/developerguide/connect_programmatically.html
CONNECTION = {
    "conn_type": "mongo",
    "host": "${DatabaseHost}",
    "port": 27017,
    "login": FIELD % "username",
    "password": FIELD % "password",
    "schema": "todo",
    "extra": {
        "tls": "true",
        # MWAA has the folder of the bucket there.
        "tlsCAFile": "/usr/local/airflow/dags/certificates/global-bundle.pem",
        "replicaSet": "rs0",
        "readPreference": "primary",
        "retryWrites": "false",
    },
}
SETTINGS = {
    "BRONZE_URI": "s3://${BronzeBucketName}",
    "SILVER_URI": "s3://${SilverBucketName}",
    "GOLD_URI": "s3://${GoldBucketName}",
    "CATALOG_URI": "glue://${DatabaseName}",
    "METRICS": "cloudwatch",
}


def unfound_secrets(template: Json) -> list[str]:
    """Name what DAGs ask for and a backend of Airflow would not find, for its name, prefix or pattern."""
    secrets = of_type(template, "AWS::SecretsManager::Secret").values()
    names = [str(secret.get("Name", {}).get("Fn::Sub")) for secret in secrets]
    return [
        f"{option} {asked}"
        for environment in of_type(template, "AWS::MWAA::Environment").values()
        for option in ("secrets.backend_kwargs", "workers.secrets_backend_kwargs")
        for kind, asked in ASKED.findall(TASKS.read_text())
        if _looked_up(environment, option, f"{kind.lower()}s", asked) not in names
    ]


def foreign_lookups(template: Json) -> list[str]:
    """Name options that have Airflow ask, and pay, for each connection that others look for."""
    return [
        option
        for environment in of_type(template, "AWS::MWAA::Environment").values()
        for option in ("secrets.backend_kwargs", "workers.secrets_backend_kwargs")
        if _looked_up(environment, option, "connections", "aws_default") is not None
    ]


def wrong_contents(template: Json) -> list[str]:
    """Name secrets that do not lead to this environment's database, over TLS, or to its own lake."""
    findings = []
    for name, environment in of_type(template, "AWS::MWAA::Environment").items():
        settings = SETTINGS | {"TODO_ENVIRONMENT": environment.get("Tags", {}).get("Environment")}
        for title, wanted in {"DatabaseConnection": CONNECTION, "PipelineSettings": settings}.items():
            secret = of_type(template, "AWS::SecretsManager::Secret").get(title, {})
            if _json(secret.get("SecretString")) != wanted:
                findings.append(f"{name} is told {title}")
    return findings


def _looked_up(environment: Json, option: str, kind: str, asked: str) -> str | None:
    """The name under which a backend looks for something, or None when it does not."""
    lookups = _json(environment.get("AirflowConfigurationOptions", {}).get(option)) or {}
    if not re.match(lookups.get(f"{kind}_lookup_pattern", ""), asked):
        return None
    return f"{lookups.get(f'{kind}_prefix', f'airflow/{kind}')}/{asked}"


def _json(value: Any) -> Any:
    try:
        return json.loads(value["Fn::Sub"])
    except (TypeError, KeyError, ValueError):
        return None


RULES: list[Rule] = [unfound_secrets, foreign_lookups, wrong_contents]
