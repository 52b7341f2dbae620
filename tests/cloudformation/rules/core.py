"""Our own rules for templates, which no linter checks.

A rule is a function that takes a template and returns a list of findings. For each rule, a test puts a seeded
fault into a template and expects a finding.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # it has no types

Json = dict[str, Any]
Rule = Callable[[Json], list[str]]

TAG_KEYS = {"Project", "Owner", "Environment", "CostCenter"}
NAMING = ("Name", "Identifier")
# The storage classes whose objects can be read at once, and the minimum time in days in each class.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
COLDER = ["STANDARD_IA", "GLACIER_IR"]
DAYS_IN_CLASS = {"STANDARD_IA": 30, "GLACIER_IR": 90}


@cache
def registry(kind: str) -> Json:
    """Return the schema of a resource type from CloudFormation's registry."""
    schema: Json = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return schema


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """Return the properties of all resources of a type, by logical name."""
    return {name: r.get("Properties", {}) for name, r in template["Resources"].items() if r["Type"] == kind}


def documents(resource: Json) -> Iterator[Json]:
    """Yield every policy document of a resource; a role has several policies and a trust policy."""
    properties = resource.get("Properties", {})
    for name in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
        if name in properties:
            yield properties[name]
    for policy in properties.get("Policies", []):
        yield policy["PolicyDocument"]


def statements(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield every statement of every policy in the template, with the logical name of its resource."""
    for name, resource in template["Resources"].items():
        for document in documents(resource):
            for statement in document["Statement"]:
                yield name, statement


def taggable(kind: str) -> str | None:
    """Return the name of the property that contains the tags of this type; None if the type has no tags."""
    schema = registry(kind)
    # If the schema does not describe tagging, a type can have tags if it has a property `Tags`.
    tagging = schema.get("tagging") or {"taggable": "Tags" in schema["properties"]}
    return tagging.get("tagProperty", "/properties/Tags").split("/")[-1] if tagging["taggable"] else None


def tags_missing(template: Json) -> list[str]:
    """List resources that can have tags, but lack one of the four required tags."""
    findings = []
    for name, resource in template["Resources"].items():
        where = taggable(resource["Type"])
        tags = resource.get("Properties", {}).get(where, [])
        if isinstance(tags, list):
            tags = {tag.get("Key"): tag.get("Value") for tag in tags}
        present = {key for key, value in tags.items() if value}
        if where and TAG_KEYS - present:
            findings.append(f"{name} lacks {sorted(TAG_KEYS - present)}")
    return findings


def fixed_names(template: Json) -> list[str]:
    """List resources with a fixed name, because a second environment could not use the same name."""
    findings = []
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Glue::Table":
            continue  # The name of a table must be unique only in its database.
        properties, schema = resource.get("Properties", {}), registry(resource["Type"])
        fixed = {*schema["primaryIdentifier"], *schema.get("createOnlyProperties", [])}
        paths = [path.split("/")[2:] for path in sorted(fixed) if path.endswith(NAMING)]
        # Beanstalk defines the two values of `Tier`, so `Tier` is not the name of a resource.
        given = [_at(properties, path) for path in paths if path[0] != "Tier"]
        given.append(_at(properties, ["DatabaseInput", "Name"]))
        findings += [f"{name} has the literal name {value}" for value in given if isinstance(value, str)]
    return findings


def _at(properties: Any, path: list[str]) -> Any:
    for key in path:
        properties = properties.get(key) if isinstance(properties, dict) else None
    return properties


def plain_http_allowed(template: Json) -> list[str]:
    """List buckets that do not deny all requests over plain HTTP to the bucket and its objects."""
    closed = {
        json.dumps(resource)
        for _, statement in statements(template)
        if statement["Effect"] == "Deny"
        and (statement.get("Principal"), statement["Action"]) == ("*", ["s3:*"])
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for resource in statement["Resource"]
    }
    return [
        name
        for name in of_type(template, "AWS::S3::Bucket")
        if not {
            json.dumps({"Fn::GetAtt": [name, "Arn"]}),
            json.dumps({"Fn::Sub": f"${{{name}.Arn}}/*"}),
        }
        <= closed
    ]


def open_buckets(template: Json) -> list[str]:
    """List buckets without public access block, versioning, encryption, or bucket owner enforcement."""
    block = dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    return [
        name
        for name, bucket in of_type(template, "AWS::S3::Bucket").items()
        if bucket.get("PublicAccessBlockConfiguration") != block
        or bucket.get("VersioningConfiguration") != {"Status": "Enabled"}
        or "BucketEncryption" not in bucket
        or bucket.get("OwnershipControls") != {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    ]


def wrong_transitions(template: Json) -> list[str]:
    """List buckets whose objects move to an archive, to a warmer class, or too early for the class.

    An object in an archive class must be restored before it is read, and no role may restore objects.
    """
    findings = []
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", []):
            moves = [(m["TransitionInDays"], m["StorageClass"]) for m in rule.get("Transitions", [])]
            if any(storage == "STANDARD_IA" and days < 30 for days, storage in moves):
                findings.append(f"{name}: S3 does not move objects younger than 30 days to STANDARD_IA")
            archives = [storage for _, storage in moves if storage not in COLDER]
            findings += [f"{name}: no role may restore objects from {each}" for each in archives]
            for (day, old), (next_day, new) in [] if archives else pairwise(moves):
                if COLDER.index(new) <= COLDER.index(old) or next_day - day < DAYS_IN_CLASS[old]:
                    findings.append(f"{name}: {old} on day {day}, {new} on day {next_day}")
    return findings


def action_wildcards(template: Json) -> list[str]:
    """List statements that allow actions with a wildcard; statements that deny may use wildcards."""
    return [
        f"{name} {statement.get('Sid')}"
        for name, statement in statements(template)
        if statement["Effect"] == "Allow" and any("*" in action for action in statement["Action"])
    ]


SENSITIVE = re.compile(r"password|://[^/]*@", re.IGNORECASE)
# For these actions, IAM cannot restrict the resource, because they concern the whole account or metrics.
NAMELESS = {"s3:GetAccountPublicAccessBlock", "logs:DescribeLogGroups", "cloudwatch:PutMetricData"}


def resource_wildcards(template: Json) -> list[str]:
    """List statements of roles that allow an action on every resource, although IAM could restrict this."""
    findings = []
    for name, statement in statements(template):
        if "Principal" in statement or "*" not in statement["Resource"]:
            continue
        limited = "cloudwatch:namespace" in json.dumps(statement.get("Condition", {}))
        unlimited = {"cloudwatch:PutMetricData"} if not limited else set()
        findings += [
            f"{name} {action}" for action in statement["Action"] if action not in NAMELESS - unlimited
        ]
    return findings


def unconditional_trust(template: Json) -> list[str]:
    """List statements without a condition that let an AWS service act on behalf of any account."""
    # A condition on the account is impossible for EC2, because EC2 sends no account when it assumes a role.
    silent = {"Service": ["ec2.amazonaws.com"]}
    conditions = ("aws:SourceAccount", "aws:SourceArn", "sts:ExternalId", "kms:EncryptionContext")
    return [
        f"{name} {statement.get('Sid', 'trust')}"
        for name, statement in statements(template)
        if statement["Effect"] == "Allow"
        and "Service" in statement.get("Principal", {})
        and statement["Principal"] != silent
        and not any(key in json.dumps(statement.get("Condition", {})) for key in conditions)
    ]


def plaintext_secrets(template: Json) -> list[str]:
    """List resources with a literal password; AWS must generate the password or look it up."""
    findings = []
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        for key in properties.keys() & {"MasterUserPassword", "SecretString"}:
            value, text = properties[key], json.dumps(properties[key])
            secret = isinstance(value, str) or key == "MasterUserPassword" or SENSITIVE.search(text)
            if secret and "{{resolve:secretsmanager:" not in text:
                findings.append(f"{name} {key}")
    return findings


def data_lost_on_replacement(template: Json) -> list[str]:
    """List resources with data that would be deleted when CloudFormation replaces the resource."""
    return [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] in STATEFUL and resource.get("UpdateReplacePolicy") not in ("Retain", "Snapshot")
    ]


def unprotected_logs(template: Json) -> list[str]:
    """List log groups without a retention period, or without an encryption key of our own."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    return [name for name, group in groups.items() if not {"RetentionInDays", "KmsKeyId"} <= group.keys()]


STATEFUL = {
    "AWS::DocDB::DBCluster",
    "AWS::Glue::Database",
    "AWS::Glue::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}

RULES: list[Rule] = [
    tags_missing,
    fixed_names,
    plain_http_allowed,
    open_buckets,
    wrong_transitions,
    action_wildcards,
    resource_wildcards,
    unconditional_trust,
    plaintext_secrets,
    data_lost_on_replacement,
    unprotected_logs,
]
