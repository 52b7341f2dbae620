"""The data stack: its parameters, resources and outputs."""

from troposphere import GetAtt, Join, Ref, Sub, Template

from cloudformation.components.logs import add_log_group
from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.data import cluster, users
from cloudformation.settings import Settings

PARAMETERS = {
    "AlertTopicArn": "Topic of alerts",
    "ArtefactBucketName": "Bucket of the function's code",
    "DatabaseSecretArn": "Secret with the name and password of the master user",
    "DatabaseSecurityGroupId": "Security group of the database",
    "RotationBundleKey": "Key of the function's code in the bucket",
    "RotationSecurityGroupId": "Security group of the function that rotates passwords",
    "SignalKeyArn": "Key of log groups and alerts",
    "StoreKeyArn": "Key of the database and its secrets",
}


def build(settings: Settings) -> Template:
    """Return the template of the database for one environment."""
    template = start_template(settings, "the database")
    for name, description in PARAMETERS.items():
        add_parameter(template, name, description)
    cluster.add_snapshot_parameter(template)
    subnets = [
        add_parameter(template, f"PrivateSubnet{number}Id", "A private subnet")
        for number in range(1, settings.private_subnets + 1)
    ]
    master, logs_key = Ref("DatabaseSecretArn"), Ref("SignalKeyArn")

    groups = [
        add_log_group(
            template,
            settings,
            f"{log.title()}LogGroup",
            logs_key,
            Join("/", ["/aws/docdb", cluster.cluster_id(), log]),
        )
        for log in cluster.EXPORTED_LOGS
    ]
    database = cluster.add_cluster(
        template,
        settings,
        cluster.add_subnet_group(template, subnets),
        cluster.add_parameter_group(template, settings),
        Ref("DatabaseSecurityGroupId"),
        Ref("StoreKeyArn"),
        groups,
    )
    instances = cluster.add_instances(template, settings, database)
    cluster.attach_secret(template, database, master)

    api, pipeline = users.add_api_secret(template), users.add_pipeline_secret(template, settings)
    secrets = {
        "MasterRotation": master,
        "ApiRotation": Ref(api),
        "PipelineRotation": Ref(pipeline),
    }
    group = add_log_group(
        template, settings, "RotationLogGroup", logs_key, Sub("/aws/lambda/${AWS::StackName}-rotation")
    )
    function = users.add_function(template, settings, subnets, group, list(secrets.values()))
    created = users.add_users(template, settings, function, [Ref(api), Ref(pipeline)], database, instances)
    users.rotate_secrets(template, settings, function, secrets, created)

    finish_template(template, settings)

    add_output(template, "DatabaseClusterId", Ref(database), "Name of the cluster")
    add_output(template, "DatabaseHost", GetAtt(database, "Endpoint"), "Host name of the primary instance")
    add_output(template, "ApiDatabaseSecretArn", Ref(api), "Database user of the API")
    add_output(template, "PipelineDatabaseSecretArn", Ref(pipeline), "Database user of the pipeline")
    add_output(template, "ConnectionPrefix", Sub(users.CONNECTION_PREFIX), "Prefix of Airflow's connections")
    add_output(template, "RotationFunctionName", Ref(function), "Function that rotates passwords")
    return template
