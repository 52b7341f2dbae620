"""The DocumentDB cluster: subnets, parameters, instances, backups and credentials."""

from collections.abc import Sequence

from troposphere import If, NoValue, Ref, Sub, Template, docdb, logs, secretsmanager

from cloudformation.components.template import add_optional_parameter
from cloudformation.settings import Settings

SERVERLESS = "db.serverless"
# The minimum and maximum size of a serverless instance, in DocumentDB Capacity Units (about 2 GiB of memory
# each).
SERVERLESS_CAPACITY = (0.5, 4)
SLOW_QUERY_MS = 100
EXPORTED_LOGS = ("audit", "profiler")
# The parameter with the snapshot from which the cluster is restored, and the condition that is true if the
# parameter has a value.
SNAPSHOT, RESTORED = "DatabaseSnapshot", "Restored"
LINT_EXCEPTION = "db.serverless is an instance class of DocumentDB since 2025; the list of cfn-lint lacks it"


def add_snapshot_parameter(template: Template) -> Ref:
    """Add the parameter with the name of the snapshot from which the cluster is restored; it may be empty.

    The name of the cluster contains the name of the snapshot. The pattern limits the length of the snapshot's
    name, because the name of the cluster may have at most 63 characters.
    """
    return add_optional_parameter(
        template,
        SNAPSHOT,
        "Manual snapshot from which the database is restored; empty: none",
        "[a-z](-?[a-z0-9]){0,18}",
        "must be the name of a manual snapshot: at most 19 lower-case letters, digits and single hyphens",
        RESTORED,
    )


def cluster_id() -> If:
    """Return the name of the cluster. The template sets it, because the names of log groups contain it.

    Each restored snapshot gives the cluster another name, because CloudFormation does not replace a resource
    that keeps its name.
    """
    return If(RESTORED, Sub(f"${{AWS::StackName}}-${{{SNAPSHOT}}}"), Ref("AWS::StackName"))


def add_subnet_group(template: Template, subnets: Sequence[Ref]) -> docdb.DBSubnetGroup:
    """Add the group of subnets in which DocumentDB places the instances.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/document-db-subnet-groups.html
    """
    return template.add_resource(
        docdb.DBSubnetGroup(
            "SubnetGroup", DBSubnetGroupDescription="Private subnets", SubnetIds=list(subnets)
        )
    )


def add_parameter_group(template: Template, settings: Settings) -> docdb.DBClusterParameterGroup:
    """Add the parameters of the cluster: TLS, audit log and profiler.

    https://docs.aws.amazon.com/documentdb/latest/developerguide/cluster_parameter_groups-list_of_parameters.html
    """
    major = settings.database_engine.removesuffix(".0")
    return template.add_resource(
        docdb.DBClusterParameterGroup(
            "ParameterGroup",
            Family=f"docdb{major}",
            Description="TLS for everybody, audit of administration, slow queries in a log",
            Parameters={
                "tls": "enabled",
                "audit_logs": "enabled",
                "profiler": "enabled",
                "profiler_threshold_ms": str(SLOW_QUERY_MS),
                "ttl_monitor": "enabled",
            },
        )
    )


def add_cluster(
    template: Template,
    settings: Settings,
    subnets: docdb.DBSubnetGroup,
    parameters: docdb.DBClusterParameterGroup,
    security_group: Ref,
    key_arn: Ref,
    groups: Sequence[logs.LogGroup],
) -> docdb.DBCluster:
    """Add the DocumentDB cluster.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-docdb-dbcluster.html

    A restored cluster has the master user and the password of its snapshot.
    """
    smallest, largest = SERVERLESS_CAPACITY
    scaling = {
        "ServerlessV2ScalingConfiguration": docdb.ServerlessV2ScalingConfiguration(
            MinCapacity=smallest, MaxCapacity=largest
        )
    }
    return template.add_resource(
        docdb.DBCluster(
            "Cluster",
            DBClusterIdentifier=cluster_id(),
            EngineVersion=settings.database_engine,
            DBSubnetGroupName=Ref(subnets),
            DBClusterParameterGroupName=Ref(parameters),
            VpcSecurityGroupIds=[security_group],
            Port=settings.database_port,
            SnapshotIdentifier=If(RESTORED, Ref(SNAPSHOT), NoValue),
            MasterUsername=If(RESTORED, NoValue, _credential("username")),
            MasterUserPassword=If(RESTORED, NoValue, _credential("password")),
            StorageEncrypted=True,
            KmsKeyId=key_arn,
            BackupRetentionPeriod=settings.backup_days,
            CopyTagsToSnapshot=True,
            DeletionProtection=settings.final_snapshot,
            EnableCloudwatchLogsExports=list(EXPORTED_LOGS),
            # The backup window (UTC) is the hour with the fewest active users, before the maintenance window.
            PreferredBackupWindow="02:00-03:00",
            PreferredMaintenanceWindow="sun:03:30-sun:04:30",
            DependsOn=list(groups),
            **(scaling if settings.database_class == SERVERLESS else {}),
        )
    )


def add_instances(template: Template, settings: Settings, cluster: docdb.DBCluster) -> list[docdb.DBInstance]:
    """Add the instances of the cluster.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-docdb-dbinstance.html

    DocumentDB distributes the instances over the availability zones of the subnets.
    """
    ignored = {"cfn-lint": {"config": {"ignore_checks": ["E3620"], "reason": LINT_EXCEPTION}}}
    optional = {"Metadata": ignored} if settings.database_class == SERVERLESS else {}
    return [
        template.add_resource(
            docdb.DBInstance(
                f"Instance{number}",
                DBClusterIdentifier=Ref(cluster),
                DBInstanceClass=settings.database_class,
                AutoMinorVersionUpgrade=True,
                CACertificateIdentifier="rds-ca-rsa2048-g1",
                **optional,
            )
        )
        for number in range(1, settings.database_instances + 1)
    ]


def attach_secret(
    template: Template, cluster: docdb.DBCluster, secret_arn: Ref
) -> secretsmanager.SecretTargetAttachment:
    """Attach the secret with the credentials to the cluster.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secrettargetattachment.html

    The attachment adds the cluster's host and port to the secret.
    """
    return template.add_resource(
        secretsmanager.SecretTargetAttachment(
            "SecretAttachment",
            SecretId=secret_arn,
            TargetId=Ref(cluster),
            TargetType="AWS::DocDB::DBCluster",
        )
    )


def _credential(field: str) -> Sub:
    """Return a dynamic reference, which CloudFormation replaces with a field of the secret."""
    return Sub(f"{{{{resolve:secretsmanager:${{DatabaseSecretArn}}:SecretString:{field}}}}}")
