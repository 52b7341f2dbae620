"""Faults in secrets: what they hold, and where they are sought."""

from typing import Any

from tests.cloudformation import design_rules, secret_rules
from tests.cloudformation.faults import Damage, faults, forget, put
from tests.cloudformation.rules import Json


def edit(old: str, new: str, resource: str, *path: str) -> Damage:
    """Replace a part of the text that is filled in under a path."""

    def damage(template: Json) -> None:
        place: Any = template["Resources"][resource]["Properties"]
        for key in path:
            place = place[key]
        place["Fn::Sub"] = place["Fn::Sub"].replace(old, new)

    return damage


FAULTS = [
    *faults(
        "airflow",
        secret_rules.wrong_contents,
        {
            "secret no JSON": put(
                {"Fn::Sub": '{"METRICS": "cloudwatch"'}, "PipelineSettings", "SecretString"
            ),
            "settings lost": put(
                {"Fn::Sub": '{"METRICS": "cloudwatch"}'}, "PipelineSettings", "SecretString"
            ),
        },
    ),
    *faults(
        "webapp",
        secret_rules.wrong_contents,
        {
            "address without TLS": put(
                {"Fn::Sub": f"{secret_rules.ADDRESS}replicaSet=rs0&retryWrites=false"},
                "DatabaseUri",
                "SecretString",
            )
        },
    ),
    *faults(
        "airflow",
        secret_rules.unsought_secrets,
        {
            "prefix misspelt": put(
                {"Fn::Sub": '{"connections_prefix": "${AWS::StackName}/airflow/connection"}'},
                *("Environment", "AirflowConfigurationOptions", "secrets.backend_kwargs"),
            ),
            "backend misspelt": put(
                "airflow.providers.aws.SecretsManagerBackend",
                *("Environment", "AirflowConfigurationOptions", "secrets.backend"),
            ),
        },
    ),
    *faults("airflow", secret_rules.late_secrets, {"secrets too late": forget("Environment", "DependsOn")}),
    *faults(
        "foundation",
        secret_rules.shaped_keys,
        {
            "key made JSON of": put(
                {"ExcludePunctuation": True, "PasswordLength": 64, "SecretStringTemplate": "{}"},
                *("JwtSecret", "GenerateSecretString"),
            )
        },
    ),
    *faults(
        "foundation",
        design_rules.off_design,
        {
            "user of DocumentDB itself": put(
                '{"username": "serviceadmin"}',
                *("DatabaseSecret", "GenerateSecretString", "SecretStringTemplate"),
            )
        },
    ),
    *faults(
        "airflow",
        secret_rules.wrong_contents,
        {
            "certificate not looked at": edit(
                *('"tls": "true"', '"tls": "true", "tlsInsecure": "true"'),
                *("DatabaseConnection", "SecretString"),
            ),
            "setting that nobody planned": edit(
                *('"METRICS"', '"LATE_HOURS": "0", "METRICS"'), *("PipelineSettings", "SecretString")
            ),
        },
    ),
    *faults(
        "airflow",
        secret_rules.unsought_secrets,
        {
            "secrets of a profile": edit(
                *('{"connections', '{"profile_name": "todo", "connections'),
                *("Environment", "AirflowConfigurationOptions", "secrets.backend_kwargs"),
            )
        },
    ),
]
