"""Rules for what a stack consists of: a type that nobody planned changes what the others are there for.

A network ACL cuts subnets off, a rotation changes a password that the cluster does not learn of.
"""

from collections.abc import Mapping

from tests.cloudformation.rules import Json, Rule

# By what the description of the stack says; the service before each list is that of all its types.
PLANNED: Mapping[str, Mapping[str, str]] = {
    "keys, secrets, artefacts and alerts": {
        "KMS": "Key",
        "S3": "Bucket BucketPolicy",
        "SNS": "Subscription Topic TopicPolicy",
        "SecretsManager": "Secret",
    },
    "the network": {
        "EC2": "EIP FlowLog InternetGateway NatGateway Route RouteTable SecurityGroup SecurityGroupEgress"
        " SecurityGroupIngress Subnet SubnetRouteTableAssociation VPC VPCEndpoint VPCGatewayAttachment",
        "IAM": "Role",
        "Logs": "LogGroup",
    },
    "the database": {
        "DocDB": "DBCluster DBClusterParameterGroup DBInstance DBSubnetGroup",
        "Logs": "LogGroup",
        "SecretsManager": "SecretTargetAttachment",
    },
    "the lake and its catalog": {
        "Athena": "NamedQuery WorkGroup",
        "Glue": "Database Table",
        "KMS": "Key",
        "S3": "Bucket BucketPolicy",
    },
    "the API": {
        "EC2": "SecurityGroupIngress",
        "ElasticBeanstalk": "Application ApplicationVersion Environment",
        "IAM": "InstanceProfile Role",
        "SecretsManager": "Secret",
    },
    "Airflow": {
        "IAM": "Role",
        "Logs": "LogGroup",
        "MWAA": "Environment",
        "SecretsManager": "Secret",
    },
    "alarms, dashboard and budget": {
        "Budgets": "Budget",
        "CloudWatch": "Alarm CompositeAlarm Dashboard",
        "Logs": "MetricFilter",
    },
}


def unplanned_types(template: Json) -> list[str]:
    """Name resources of a type that nobody planned for their stack."""
    told = template.get("Description", "").partition(": ")[2]
    planned = {
        f"AWS::{service}::{kind}"
        for service, kinds in PLANNED.get(told, {}).items()
        for kind in kinds.split()
    }
    return [
        f"{name} is a {resource['Type']}"
        for name, resource in template["Resources"].items()
        if resource["Type"] not in planned
    ]


RULES: list[Rule] = [unplanned_types]
