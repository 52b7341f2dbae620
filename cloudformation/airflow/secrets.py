"""The secret with the pipeline's settings, which Airflow's secrets backend reads."""

import json

from troposphere import Ref, Sub, Template, secretsmanager

from cloudformation.airflow.history import settings_of_pipeline
from cloudformation.airflow.policies import VARIABLE_PREFIX, ZONES
from cloudformation.settings import Settings

VARIABLE = "todo_settings"


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
    return template.add_resource(
        secretsmanager.Secret(
            "PipelineSettings",
            Name=Sub(f"{VARIABLE_PREFIX}/{VARIABLE}"),
            Description="Airflow's variable with the settings of the pipeline",
            KmsKeyId=Ref("StoreKeyArn"),
            SecretString=Sub(json.dumps(variables)),
        )
    )
