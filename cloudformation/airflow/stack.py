"""The airflow stack from its first resource to its outputs."""

from troposphere import GetAtt, Ref, Template

from cloudformation.airflow import environment, secrets
from cloudformation.parts.wiring import need, offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything

NEEDED = {
    "ArtefactBucketArn": "Bucket of DAGs and requirements",
    "FirstHour": "The first hour that has a run of its own accord, such as 2026-11-21T09:00:00+00:00",
    "RequirementsVersion": "S3 version of requirements.txt",
    "StoreKeyArn": "Key of artefacts, queue and logs",
    "DatabaseSecretArn": "User and password of the database",
    "DatabaseHost": "Where the primary is",
    "PrivateSubnet1Id": "A private subnet",
    "PrivateSubnet2Id": "Another, in another zone",
    "AirflowSecurityGroupId": "Security group of Airflow",
    "BronzeBucketName": "Bucket of the Bronze zone",
    "SilverBucketName": "Bucket of the Silver zone",
    "GoldBucketName": "Bucket of the Gold zone",
    "BronzeKeyArn": "Key of Bronze",
    "LakeKeyArn": "Key of Silver and Gold",
    "BronzeRolePath": "IAM path of roles that may use the key of Bronze",
    "DatabaseName": "Glue database",
}


def build(settings: Settings) -> Template:
    """Return the template of Airflow for one environment."""
    template = start_template(settings, "Airflow")
    for name, description in NEEDED.items():
        need(template, name, description)

    role = environment.add_role(template)
    groups = environment.add_log_groups(template, settings)
    found = [secrets.add_connection(template, settings), secrets.add_variable(template, settings)]
    airflow = environment.add_environment(template, settings, role, [*groups, *found])

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "AirflowName", Ref(airflow), "Name of the MWAA environment")
    offer(template, "AirflowUrl", GetAtt(airflow, "WebserverUrl"), "Host of Airflow's UI")
    return template
