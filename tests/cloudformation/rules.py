"""House rules for templates that no linter knows; each returns its findings, so faults can be seeded."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # ships no type information

Json = dict[str, Any]
Rule = Callable[[Json], list[str]]

TAG_KEYS = {"Project", "Owner", "Environment", "CostCenter"}
COLDER = ["STANDARD_IA", "GLACIER", "DEEP_ARCHIVE"]
DAYS_IN_CLASS = {"STANDARD_IA": 30, "GLACIER": 90, "DEEP_ARCHIVE": 180}


def registry(kind: str) -> Json:
    """Return what CloudFormation's registry says about a resource type."""
    schema: Json = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return schema


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """Return the properties of all resources of one type, by logical name."""
    return {name: r["Properties"] for name, r in template["Resources"].items() if r["Type"] == kind}


def statements(template: Json) -> Iterator[tuple[str, Json]]:
    """Yield every statement of every policy of the template with the name of its resource."""
    for name, resource in template["Resources"].items():
        for document in ("PolicyDocument", "KeyPolicy"):
            for statement in resource["Properties"].get(document, {}).get("Statement", []):
                yield name, statement


def tags_missing(template: Json) -> list[str]:
    """Name resources that CloudFormation can tag (says its registry) and that lack one of the four tags."""
    findings = []
    for name, resource in template["Resources"].items():
        present = {tag["Key"] for tag in resource["Properties"].get("Tags", []) if tag["Value"]}
        if registry(resource["Type"])["tagging"]["taggable"] and TAG_KEYS - present:
            findings.append(f"{name} lacks {sorted(TAG_KEYS - present)}")
    return findings


def fixed_names(template: Json) -> list[str]:
    """Name resources whose physical name is a literal, so that a second environment could not have it too."""
    findings = []
    for name, resource in template["Resources"].items():
        properties = resource["Properties"]
        identifiers = [path.split("/")[-1] for path in registry(resource["Type"])["primaryIdentifier"]]
        given = [properties.get(identifier) for identifier in identifiers]
        given.append(properties.get("DatabaseInput", {}).get("Name"))
        findings += [f"{name} is always called {value}" for value in given if isinstance(value, str)]
    return findings


def plain_http_allowed(template: Json) -> list[str]:
    """Name buckets without a policy that refuses every action over plain HTTP, on bucket and objects."""
    closed = {
        json.dumps(resource)
        for _, statement in statements(template)
        if statement["Effect"] == "Deny"
        and (statement["Principal"], statement["Action"]) == ("*", ["s3:*"])
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
    """Name buckets that miss one of: four public-access blocks, versions, encryption, enforced owner."""
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
    """Name buckets whose objects move to a warmer class, or leave a class before they have paid for it."""
    findings = []
    for name, bucket in of_type(template, "AWS::S3::Bucket").items():
        for rule in bucket["LifecycleConfiguration"]["Rules"]:
            moves = [(m["TransitionInDays"], m["StorageClass"]) for m in rule.get("Transitions", [])]
            if any(storage == "STANDARD_IA" and days < 30 for days, storage in moves):
                findings.append(f"{name}: S3 takes nothing younger than 30 days into STANDARD_IA")
            for (day, old), (next_day, new) in pairwise(moves):
                if COLDER.index(new) <= COLDER.index(old) or next_day - day < DAYS_IN_CLASS[old]:
                    findings.append(f"{name}: {old} on day {day}, {new} on day {next_day}")
    return findings


def action_wildcards(template: Json) -> list[str]:
    """Name statements that allow more than listed actions; a refusal may be as wide as it likes."""
    return [
        f"{name} {statement.get('Sid')}"
        for name, statement in statements(template)
        if statement["Effect"] == "Allow" and any("*" in action for action in statement["Action"])
    ]


RULES: list[Rule] = [
    tags_missing,
    fixed_names,
    plain_http_allowed,
    open_buckets,
    wrong_transitions,
    action_wildcards,
]
