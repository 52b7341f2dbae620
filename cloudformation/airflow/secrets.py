"""The secrets that Airflow's secrets backend reads: the database connection and the pipeline's settings."""

import json
from collections.abc import Mapping

from troposphere import Ref, Sub, Template, secretsmanager

from cloudformation.airflow.history import settings_of_pipeline
from cloudformation.airflow.policies import SECRETS_PREFIX, ZONES
from cloudformation.components.database import CONNECTION_OPTIONS, credential
from cloudformation.settings import Settings

CONNECTION, VARIABLE = "todo_database", "todo_settings"
# The path of DocumentDB's CA certificates, in the folder to which MWAA copies the DAGs.
CA_FILE = "/usr/local/airflow/dags/certificates/global-bundle.pem"


def add_connection(template: Template, settings: Settings) -> secretsmanager.Secret:
    """Add the secret with Airflow's connection to the database.

    https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html#json-format-example
    """
    connection = {
        "conn_type": "mongo",
        "host": "${DatabaseHost}",
        "port": settings.database_port,
        "login": credential("username"),
        "password": credential("password"),
        "schema": settings.database_name,
        "extra": {**CONNECTION_OPTIONS, "tlsCAFile": CA_FILE},
    }
    return _add_secret(template, "DatabaseConnection", f"connections/{CONNECTION}", connection)


def add_variable(template: Template, settings: Settings) -> secretsmanager.Secret:
    """Add the secret with the Airflow variable that contains the pipeline's settings.

    https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/variables.html

    The keys of the variable are the pipeline's environment variables, which dags/README.md lists.
    """
    variables = {f"{zone.upper()}_URI": f"s3://${{{zone}BucketName}}" for zone in ZONES} | {
        "CATALOG_URI": "glue://${DatabaseName}",
        "METRICS": "cloudwatch",
        "TODO_ENVIRONMENT": settings.environment,
        **settings_of_pipeline(),
    }
    return _add_secret(template, "PipelineSettings", f"variables/{VARIABLE}", variables)


def _add_secret(
    template: Template, title: str, name: str, content: Mapping[str, object]
) -> secretsmanager.Secret:
    return template.add_resource(
        secretsmanager.Secret(
            title,
            Name=Sub(f"{SECRETS_PREFIX}/{name}"),
            Description=f"Airflow's {name}",
            KmsKeyId=Ref("StoreKeyArn"),
            SecretString=Sub(json.dumps(content)),
        )
    )
