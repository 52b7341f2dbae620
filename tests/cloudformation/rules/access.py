"""Rules for who may do what, and under which keys."""

import json

from tests.cloudformation.rules.core import Json, Rule, of_type, statements

# What Beanstalk asks for; everything else a role may do is written out in its own policy.
MANAGED = {
    "AWSElasticBeanstalkWebTier",
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
}
EVERYBODY = ("*", {"AWS": "*"}, {"AWS": ["*"]})
# Where the key of each kind is named.
KEYS = {
    "AWS::DocDB::DBCluster": "KmsKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::MWAA::Environment": "KmsKey",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}
# What the steps of the pipeline do, by the service they ask; without one of them a DAG fails at night.
PIPELINE = {
    *(f"s3:{each}" for each in ("GetObject", "PutObject", "DeleteObject", "DeleteObjectVersion")),
    *("s3:ListBucket", "s3:ListBucketVersions", "s3:AbortMultipartUpload"),
    *(f"glue:{each}" for each in ("GetPartition", "GetPartitions", "CreatePartition", "UpdatePartition")),
    *(
        "glue:DeletePartition",
        "glue:GetTable",
        "glue:UpdateTable",
        "cloudwatch:PutMetricData",
        "secretsmanager:GetSecretValue",
    ),
    *("kms:Decrypt", "kms:GenerateDataKey"),
}


def foreign_policies(template: Json) -> list[str]:
    """Name roles with a policy of AWS that nobody asked for; such policies grow."""
    return [
        f"{name} {json.dumps(policy)}"
        for name, role in of_type(template, "AWS::IAM::Role").items()
        for policy in role.get("ManagedPolicyArns", [])
        if str(policy.get("Fn::Sub", "") if isinstance(policy, dict) else policy).partition(":policy/")[2]
        not in MANAGED
    ]


def everybody(template: Json) -> list[str]:
    """Name statements that allow something to everybody."""
    return [
        f"{name} {statement.get('Sid')}"
        for name, statement in statements(template)
        if statement["Effect"] == "Allow" and statement.get("Principal") in EVERYBODY
    ]


def keys_of_aws(template: Json) -> list[str]:
    """Name resources that are not encrypted under one of our keys."""
    return [
        name
        for kind, key in KEYS.items()
        for name, properties in of_type(template, kind).items()
        if not isinstance(properties.get(key), dict)
    ]


def lasting_keys(template: Json) -> list[str]:
    """Name keys that do not rotate, or that are gone sooner than a mistake is noticed."""
    return [
        name
        for name, key in of_type(template, "AWS::KMS::Key").items()
        if key.get("EnableKeyRotation") is not True or not 7 <= key.get("PendingWindowInDays", 30) <= 30
    ]


def missing_permissions(template: Json) -> list[str]:
    """Name actions of the pipeline that the execution role of MWAA lacks."""
    role = template["Resources"].get("ExecutionRole")
    if role is None:
        return []
    pipeline = [
        policy["PolicyDocument"]["Statement"]
        for policy in role["Properties"]["Policies"]
        if policy["PolicyName"] == "pipeline"
    ]
    allowed = {action for found in pipeline for each in found for action in each["Action"]}
    return sorted(PIPELINE - allowed)


def unlogged_buckets(template: Json) -> list[str]:
    """Name buckets whose access nobody could look up, but for the one that holds these logs."""
    logged = {
        name: "LoggingConfiguration" in bucket
        for name, bucket in of_type(template, "AWS::S3::Bucket").items()
    }
    return [name for name, is_logged in logged.items() if not is_logged and name != "LogBucket"]


def untidy_buckets(template: Json) -> list[str]:
    """Name buckets that keep former versions, or uploads that were given up, for ever."""
    tidy = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    findings = []
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        lifecycle = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        active = [rule for rule in lifecycle if rule.get("Status") == "Enabled"]
        findings += [f"{name} {key}" for key in tidy if not any(key in rule for rule in active)]
    return findings


RULES: list[Rule] = [
    foreign_policies,
    everybody,
    keys_of_aws,
    lasting_keys,
    missing_permissions,
    unlogged_buckets,
    untidy_buckets,
]
