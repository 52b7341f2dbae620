"""Rules for permissions, and for the keys that encrypt resources."""

import json

from tests.cloudformation.rules.core import Json, Rule, of_type, statements
from tests.cloudformation.rules.writing import written

# The managed policies that AWS documents for Beanstalk, its instances, and a Lambda function in a VPC, by the
# service that assumes the role. All other permissions of a role are in our own policies.
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/concepts-roles.html
MANAGED = {
    "elasticbeanstalk.amazonaws.com": {
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
        "service-role/AWSElasticBeanstalkEnhancedHealth",
    },
    "ec2.amazonaws.com": {"AWSElasticBeanstalkWebTier"},
    "lambda.amazonaws.com": {"service-role/AWSLambdaENIManagementAccess"},
}
# The actions that a service needs to write its logs, without logs:CreateLogGroup: stacks create log groups.
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
# https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/logging.html
WRITE_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
FIND_AND_WRITE_LOGS = WRITE_LOGS | {"logs:DescribeLogGroups", "logs:DescribeLogStreams"}
LOGGING = {
    "emr-serverless.amazonaws.com": FIND_AND_WRITE_LOGS,
    "lambda.amazonaws.com": WRITE_LOGS,
    "vpc-flow-logs.amazonaws.com": FIND_AND_WRITE_LOGS,
}
EVERYBODY = ("*", {"AWS": "*"}, {"AWS": ["*"]})
# For each resource type, the property that contains the encryption key.
KEYS = {
    "AWS::DocDB::DBCluster": "KmsKeyId",
    "AWS::Lambda::Function": "KmsKeyArn",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::MWAA::Environment": "KmsKey",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SecretsManager::Secret": "KmsKeyId",
}


def _services(role: Json) -> set[str]:
    """Return the services that may assume the role."""
    trust = role["AssumeRolePolicyDocument"]["Statement"]
    return {service for each in trust for service in each.get("Principal", {}).get("Service", [])}


def _allowed(role: Json) -> list[Json]:
    documents = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
    return [each for document in documents for each in document["Statement"] if each["Effect"] == "Allow"]


def wrong_managed_policies(template: Json) -> list[str]:
    """List roles whose AWS managed policies differ from MANAGED; AWS may add permissions to such policies."""
    findings = []
    for name, role in of_type(template, "AWS::IAM::Role").items():
        given = {written(each).partition(":policy/")[2] for each in role.get("ManagedPolicyArns", [])}
        wanted = {policy for service in _services(role) for policy in MANAGED.get(service, set())}
        findings += [f"{name} {each}" for each in given ^ wanted]
    return findings


def unwritten_logs(template: Json) -> list[str]:
    """List roles that lack an action with which their service writes its logs."""
    findings = []
    for name, role in of_type(template, "AWS::IAM::Role").items():
        allowed = {action for each in _allowed(role) for action in each["Action"]}
        for service in _services(role) & LOGGING.keys():
            findings += [f"{name} {action}" for action in LOGGING[service] - allowed]
    return findings


def outsiders_of_bronze(template: Json) -> list[str]:
    """List roles that use Bronze without its IAM path, and roles with this path that do not use Bronze.

    The policy of the Bronze key allows only roles under this path. A role uses Bronze if its policies refer
    to the bucket and the key.
    """
    findings = []
    for name, role in of_type(template, "AWS::IAM::Role").items():
        resources = json.dumps([each["Resource"] for each in _allowed(role)])
        used = {"BronzeBucket" in resources, "BronzeKey" in resources}
        path = role.get("Path")
        if used != {path == {"Ref": "BronzeRolePath"} or str(path).endswith("/bronze/")}:
            findings.append(name)
    return findings


def public_statements(template: Json) -> list[str]:
    """List policy statements that allow an action to every AWS account."""
    return [
        f"{name} {statement.get('Sid')}"
        for name, statement in statements(template)
        if statement["Effect"] == "Allow" and statement.get("Principal") in EVERYBODY
    ]


def missing_own_keys(template: Json) -> list[str]:
    """List resources that are encrypted with a key of AWS, or not at all."""
    return [
        name
        for kind, key in KEYS.items()
        for name, properties in of_type(template, kind).items()
        if not isinstance(properties.get(key), dict)
    ]


def wrong_key_settings(template: Json) -> list[str]:
    """List keys without rotation, and keys that can be deleted less than 7 days after the request."""
    return [
        name
        for name, key in of_type(template, "AWS::KMS::Key").items()
        if key.get("EnableKeyRotation") is not True or not 7 <= key.get("PendingWindowInDays", 30) <= 30
    ]


def unlogged_buckets(template: Json) -> list[str]:
    """List buckets without access logs, except the bucket that stores these logs."""
    logged = {
        name: "LoggingConfiguration" in bucket
        for name, bucket in of_type(template, "AWS::S3::Bucket").items()
    }
    return [name for name, is_logged in logged.items() if not is_logged and name != "LogBucket"]


def buckets_without_cleanup(template: Json) -> list[str]:
    """List buckets that never delete noncurrent versions or the parts of incomplete uploads."""
    tidy = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    findings = []
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        lifecycle = bucket.get("LifecycleConfiguration", {}).get("Rules", [])
        active = [rule for rule in lifecycle if rule.get("Status") == "Enabled"]
        findings += [f"{name} {key}" for key in tidy if not any(key in rule for rule in active)]
    return findings


RULES: list[Rule] = [
    wrong_managed_policies,
    unwritten_logs,
    outsiders_of_bronze,
    public_statements,
    missing_own_keys,
    wrong_key_settings,
    unlogged_buckets,
    buckets_without_cleanup,
]
