"""What Airflow's secrets backend finds: the connection to the database, and the pipeline's settings."""

import json
from collections.abc import Mapping

from troposphere import Ref, Sub, Template, secretsmanager

from cloudformation.airflow.policies import SECRETS, ZONES
from cloudformation.parts.database import OPTIONS, password
from cloudformation.settings import Settings

CONNECTION, VARIABLE = "todo_database", "todo_settings"
# Where MWAA puts the folder of the DAGs, the certificates of DocumentDB among them.
CERTIFICATES = "/usr/local/airflow/dags/certificates/global-bundle.pem"


def add_connection(template: Template, settings: Settings) -> secretsmanager.Secret:
    """https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#json-format-example"""
    connection = {
        "conn_type": "mongo",
        "host": "${DatabaseHost}",
        "port": settings.database_port,
        "login": password("username"),
        "password": password("password"),
        "schema": settings.database_name,
        "extra": {**OPTIONS, "tlsCAFile": CERTIFICATES},
    }
    return _add_secret(template, "DatabaseConnection", f"connections/{CONNECTION}", connection)


def add_variable(template: Template, settings: Settings) -> secretsmanager.Secret:
    """https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/variables.html

    Named like the environment variables of the pipeline, which are listed in dags/README.md.
    """
    variables = {f"{zone.upper()}_URI": f"s3://${{{zone}BucketName}}" for zone in ZONES} | {
        "CATALOG_URI": "glue://${DatabaseName}",
        "METRICS": "cloudwatch",
        "TODO_ENVIRONMENT": settings.environment,
    }
    return _add_secret(template, "PipelineSettings", f"variables/{VARIABLE}", variables)


def _add_secret(
    template: Template, title: str, name: str, content: Mapping[str, object]
) -> secretsmanager.Secret:
    return template.add_resource(
        secretsmanager.Secret(
            title,
            Name=Sub(f"{SECRETS}/{name}"),
            Description=f"Airflow's {name}",
            KmsKeyId=Ref("StoreKeyArn"),
            SecretString=Sub(json.dumps(content)),
        )
    )
