"""Rules for policies: each grants what was reviewed, to whom it was meant, and nothing beside."""

import re
from collections.abc import Mapping
from typing import Any

from tests.cloudformation.grants import GRANTS, MANAGED, Grant
from tests.cloudformation.rules import Json, Rule, documents, of_type
from tests.cloudformation.writing import written

VERSION = "2012-10-17"
POLICIES = {"AWS::S3::Bucket": "AWS::S3::BucketPolicy", "AWS::SNS::Topic": "AWS::SNS::TopicPolicy"}


def foreign_grants(template: Json) -> list[str]:
    """Name statements that are not those that were reviewed, or that are gone."""
    findings = []
    for name, resource in template["Resources"].items():
        if name not in GRANTS:
            continue
        given = _statements(resource)
        wanted = {sid: _filled_in(grant, template) for sid, grant in GRANTS[name].items()}
        findings += [f"{name} {sid}" for sid in given.keys() | wanted if given.get(sid) != wanted.get(sid)]
    return sorted(findings)


def unversioned_policies(template: Json) -> list[str]:
    """Name policies of the language of 2008, which AWS takes a document without a version for."""
    return [
        name
        for name, resource in template["Resources"].items()
        for document in documents(resource)
        if document.get("Version") != VERSION
    ]


def unreviewed_policies(template: Json) -> list[str]:
    """Name what carries a policy that nobody has written down in `grants.py` or as rules of its own."""
    return [
        name
        for name, resource in template["Resources"].items()
        if any(documents(resource)) and name not in GRANTS
    ]


def lost_policies(template: Json) -> list[str]:
    """Name buckets and topics that no policy of the template is attached to."""
    resources = template["Resources"].values()
    attached = {
        (each["Type"], written(target))
        for each in resources
        if each["Type"] in POLICIES.values()
        for target in (each["Properties"].get("Topics") or [each["Properties"].get("Bucket")])
    }
    return [
        name
        for name, each in template["Resources"].items()
        if each["Type"] in POLICIES and (POLICIES[each["Type"]], f"@{name}") not in attached
    ]


def _statements(resource: Json) -> Mapping[str, Grant]:
    found: dict[str, Grant] = {}
    for document in documents(resource):
        for statement in document.get("Statement", []):
            sid = str(statement.get("Sid", "trust"))
            # A second statement under the same name is one that was not reviewed.
            found[f"{sid} again" if sid in found else sid] = _grant(statement)
    return found


def _grant(statement: Json) -> Grant:
    return Grant(
        may=_words(statement.get("Action", [])),
        on=_words(statement.get("Resource", [])),
        to=_principals(statement.get("Principal", {})),
        when=written(statement["Condition"]) if statement.get("Condition") else "",
        refused={"Allow": False, "Deny": True}.get(str(statement.get("Effect"))),
    )


def _principals(principal: Any) -> str:
    """Services by their names alone, others after what they are: AWS:arn."""
    if not isinstance(principal, dict):
        return written(principal)
    named = {kind: _words(each).split() for kind, each in principal.items()}
    return " ".join(
        sorted(
            each if kind == "Service" else f"{kind}:{each}" for kind, found in named.items() for each in found
        )
    )


def _words(value: Any) -> str:
    each = value if isinstance(value, list) else [value] if value else []
    return " ".join(sorted(written(one) for one in each))


def _filled_in(grant: Grant, template: Json) -> Grant:
    found = re.search(r"Todo insights, (\w+):", template.get("Description", ""))
    when = grant.when.replace("ENVIRONMENT", found[1] if found else "")
    may, on, to = (" ".join(sorted(words.split())) for words in (grant.may, grant.on, grant.to))
    return Grant(may, on, to, when, grant.refused)


def lost_managed_policies(template: Json) -> list[str]:
    """Name roles without a policy of AWS that the service behind them cannot work without."""
    return [
        f"{name} {policy}"
        for name, role in of_type(template, "AWS::IAM::Role").items()
        for policy in MANAGED.get(name, set())
        if {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{policy}"}
        not in role.get("ManagedPolicyArns", [])
    ]


RULES: list[Rule] = [
    lost_managed_policies,
    foreign_grants,
    unversioned_policies,
    unreviewed_policies,
    lost_policies,
]
