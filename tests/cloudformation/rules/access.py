"""Rules for permissions, and for the keys that encrypt resources."""

import json

from tests.cloudformation.rules.core import Json, Rule, of_type, statements

# The policies of AWS that Beanstalk needs, and the policy of AWS that a Lambda function in a VPC needs. All
# other permissions of a role are in our own policies.
MANAGED = {
    "AWSElasticBeanstalkWebTier",
    "service-role/AWSElasticBeanstalkEnhancedHealth",
    "service-role/AWSLambdaENIManagementAccess",
    "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
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


# The actions that the steps of the pipeline need. If an action is not allowed, a DAG fails at run time.
def foreign_policies(template: Json) -> list[str]:
    """List roles with an AWS managed policy that is not in MANAGED, because AWS may extend such policies."""
    return [
        f"{name} {json.dumps(policy)}"
        for name, role in of_type(template, "AWS::IAM::Role").items()
        for policy in role.get("ManagedPolicyArns", [])
        if str(policy.get("Fn::Sub", "") if isinstance(policy, dict) else policy).partition(":policy/")[2]
        not in MANAGED
    ]


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
    foreign_policies,
    public_statements,
    missing_own_keys,
    wrong_key_settings,
    unlogged_buckets,
    buckets_without_cleanup,
]
