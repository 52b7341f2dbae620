"""Rules for what secrets hold, and under which name they are sought."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import Wanted, strays, written

_LOGIN = r"\{\{resolve:secretsmanager:\$\{DatabaseSecretArn\}:SecretString"
# DocumentDB repeats no writes by itself, and the log is read from where it was written.
_OPTIONS = {"tls": "true", "replicaSet": "rs0", "readPreference": "primary", "retryWrites": "false"}
CERTIFICATES = {
    "DatabaseConnection": "/usr/local/airflow/dags/certificates/global-bundle.pem",
    "DatabaseUri": "/var/app/current/certificates/global-bundle.pem",
}
HELD: Mapping[str, Mapping[str, Wanted]] = {
    "DatabaseConnection": {
        "conn_type": "mongo",
        "host": r"\$\{DatabaseHost\}",
        "login": rf"{_LOGIN}:username\}}\}}",
        "password": rf"{_LOGIN}:password\}}\}}",
        "port": "27017",
        "schema": "todo",
        **{f"extra.{name}": value for name, value in _OPTIONS.items()},
        "extra.tlsCAFile": CERTIFICATES["DatabaseConnection"],
    },
    "PipelineSettings": {
        "BRONZE_URI": r"s3://\$\{BronzeBucketName\}",
        "SILVER_URI": r"s3://\$\{SilverBucketName\}",
        "GOLD_URI": r"s3://\$\{GoldBucketName\}",
        "CATALOG_URI": r"glue://\$\{DatabaseName\}",
        "METRICS": "cloudwatch",
        "TODO_ENVIRONMENT": "ENVIRONMENT",
    },
}
ADDRESS = (
    "mongodb://{{resolve:secretsmanager:${DatabaseSecretArn}:SecretString:username}}"
    ":{{resolve:secretsmanager:${DatabaseSecretArn}:SecretString:password}}@${DatabaseHost}:27017/?"
)
# The two kinds of things that Airflow looks up, by the setting that says where.
SOUGHT = {
    "DatabaseConnection": ("connections_prefix", "todo_database"),
    "PipelineSettings": ("variables_prefix", "todo_settings"),
}
LOOKUPS = {f"{kind}_{way}" for kind in ("connections", "variables") for way in ("prefix", "lookup_pattern")}
BACKEND = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"


def _json(text: Any) -> Any:
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return None


def _paths(content: Json) -> set[str]:
    """The path of every value of a secret, as the table writes it."""
    inner = {key: _paths(value) for key, value in content.items() if isinstance(value, dict)}
    below = {f"{key}.{path}" for key, paths in inner.items() for path in paths}
    return (content.keys() - inner.keys()) | below


def shaped_keys(template: Json) -> list[str]:
    """Name secrets that are read as they are, and that a template would make JSON of."""
    secrets = of_type(template, "AWS::SecretsManager::Secret")
    return [
        name
        for name, secret in secrets.items()
        if name == "JwtSecret"
        and secret.get("GenerateSecretString", {}).keys() != {"ExcludePunctuation", "PasswordLength"}
    ]


def wrong_contents(template: Json) -> list[str]:
    """Name secrets that a client could not read, or that lead it elsewhere."""
    findings = []
    for name, secret in of_type(template, "AWS::SecretsManager::Secret").items():
        text = written(secret.get("SecretString")).removeprefix("~")
        if name in HELD:
            content = _json(text)
            wanted = {
                path: want.replace("ENVIRONMENT", environment_of(template)) if isinstance(want, str) else want
                for path, want in HELD[name].items()
            }
            if not isinstance(content, dict):
                findings.append(f"{name} is no JSON")
                continue
            findings += strays(name, content, wanted)
            findings += [f"{name} {path} is unplanned" for path in sorted(_paths(content) - wanted.keys())]
        elif name in CERTIFICATES:
            address, _, options = text.partition("?")
            given = dict(each.split("=", 1) for each in options.split("&") if "=" in each)
            if f"{address}?" != ADDRESS or given != {**_OPTIONS, "tlsCAFile": CERTIFICATES[name]}:
                findings.append(f"{name} is another address")
    return findings


def unsought_secrets(template: Json) -> list[str]:
    """Name secrets that Airflow would look for under another name, and workers that would not look at all."""
    secrets = of_type(template, "AWS::SecretsManager::Secret")
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        options = environment["AirflowConfigurationOptions"]
        for setting in ("secrets.backend_kwargs", "workers.secrets_backend_kwargs"):
            prefixes = _json(written(options.get(setting)).removeprefix("~")) or {}
            # A region or a profile of its own would be looked into instead.
            findings += [f"{setting} {key}" for key in sorted(prefixes.keys() - LOOKUPS)]
            findings += [
                f"{setting} does not lead to {name}"
                for name, (prefix, key) in SOUGHT.items()
                if written(secrets.get(name, {}).get("Name")) != f"~{prefixes.get(prefix)}/{key}"
                or not str(prefixes.get(prefix)).startswith("${AWS::StackName}/airflow/")
                # What Airflow asks for beside that is in nobody's secrets, and each question is paid for.
                or not re.match(str(prefixes.get(prefix.replace("prefix", "lookup_pattern"), "(?!)")), key)
            ]
        findings += [
            key for key in ("secrets.backend", "workers.secrets_backend") if options.get(key) != BACKEND
        ]
    return findings


def late_secrets(template: Json) -> list[str]:
    """Name secrets that Airflow may look for before they are there."""
    named = [
        name for name, each in of_type(template, "AWS::SecretsManager::Secret").items() if "Name" in each
    ]
    return [
        f"{name} does not wait for {secret}"
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::MWAA::Environment"
        for secret in named
        if secret not in resource.get("DependsOn", [])
    ]


RULES: list[Rule] = [shaped_keys, late_secrets, wrong_contents, unsought_secrets]
