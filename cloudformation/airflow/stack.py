"""The airflow stack: its parameters, resources and outputs."""

from troposphere import GetAtt, Ref, Template

from cloudformation.airflow import environment, history, secrets
from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.settings import Settings

PARAMETERS = {
    "ArtefactBucketArn": "Bucket of DAGs and requirements",
    "ArtefactBucketName": "Name of the bucket of DAGs and requirements",
    "FirstHour": "The first hour that Airflow schedules, such as 2026-11-21T09:00:00+00:00",
    "RequirementsVersion": "S3 version of requirements.txt",
    "StoreKeyArn": "Key of artefacts, queue and logs",
    "ConnectionPrefix": "Prefix of the secrets that are connections of Airflow",
    "PrivateSubnet1Id": "A private subnet",
    "PrivateSubnet2Id": "Private subnet in the second availability zone",
    "AirflowSecurityGroupId": "Security group of Airflow",
    "BronzeBucketName": "Bucket of the Bronze zone",
    "SilverBucketName": "Bucket of the Silver zone",
    "GoldBucketName": "Bucket of the Gold zone",
    "BronzeKeyArn": "Key of Bronze",
    "LakeKeyArn": "Key of Silver and Gold",
    "BronzeRolePath": "IAM path of the roles that can use the key of Bronze",
    "DatabaseName": "Glue database",
}


def build(settings: Settings) -> Template:
    """Return the template of Airflow for one environment."""
    template = start_template(settings, "Airflow")
    for name, description in PARAMETERS.items():
        add_parameter(template, name, description)

    rebuild_logs = history.add_logs(template, settings)
    role = environment.add_role(template, history.add_history(template, settings, rebuild_logs))
    groups = [*environment.add_log_groups(template, settings), rebuild_logs]
    variable = secrets.add_variable(template, settings)
    airflow = environment.add_environment(template, settings, role, [*groups, variable])

    finish_template(template, settings)

    add_output(template, "AirflowName", Ref(airflow), "Name of the MWAA environment")
    add_output(template, "AirflowUrl", GetAtt(airflow, "WebserverUrl"), "Host name of Airflow's UI")
    return template
