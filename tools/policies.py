"""The policies of rendered templates, as AWS would see them once they are deployed.

A linter of policies knows no `Ref` and no `Fn::Sub`, so each becomes what it would: a name, or an ARN of the
right kind. Parameters are followed to the output of the same name, and that to the resource behind it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
KEY = "12345678-1234-1234-1234-123456789012"
_HERE = "arn:aws:{service}:us-east-1:123456789012:"
# What an ARN of each type looks like; {name} is the logical name in lower case.
ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{name}",
    "AWS::KMS::Key": f"{_HERE.format(service='kms')}key/{KEY}",
    "AWS::Logs::LogGroup": f"{_HERE.format(service='logs')}log-group:{{name}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": f"{_HERE.format(service='sns')}{{name}}",
    "AWS::SecretsManager::Secret": f"{_HERE.format(service='secretsmanager')}secret:{{name}}-AbCdEf",
}
# These are known by their ARN, and a `Ref` gives it.
KNOWN_BY_ARN = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret"}
DOCUMENTS = ("AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument", "ResourcePolicy")


@dataclass(frozen=True)
class Policy:
    """A policy without placeholders, and where it comes from: dev/airflow ExecutionRole pipeline."""

    place: str
    document: Json


def find_policies(directory: Path) -> Iterator[Policy]:
    """Yield every policy of the templates below `directory`, which has a folder for each environment."""
    for folder in sorted({path.parent for path in directory.rglob("*.json")}):
        stacks = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
        outputs = {
            name: (output["Value"], template)
            for template in stacks.values()
            for name, output in template.get("Outputs", {}).items()
        }
        for stack, template in sorted(stacks.items()):
            for where, document in _documents(template):
                resolved = _Stack(stack, template, outputs).resolve(document)
                yield Policy(f"{folder.name}/{stack} {where}", resolved)


def _documents(template: Json) -> Iterator[tuple[str, Json]]:
    for name, resource in sorted(template["Resources"].items()):
        for where, document in _below(resource.get("Properties", {})):
            yield f"{name} {where}", _with_resources(document, {"Fn::GetAtt": [name, "Arn"]})


def _below(node: Any) -> Iterator[tuple[str, Json]]:
    """Find documents at any depth, so that a type nobody thought of is not passed over."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in DOCUMENTS and isinstance(value, dict):
                yield str(node.get("PolicyName", key)), value
            else:
                yield from _below(value)
    elif isinstance(node, list):
        for each in node:
            yield from _below(each)


def _with_resources(document: Json, itself: Json) -> Json:
    """Name what carries a policy where a trust says nothing, and the policy of a key says "*"."""
    statements = [
        {**each, "Resource": itself} if "Principal" in each and each.get("Resource", ["*"]) == ["*"] else each
        for each in document["Statement"]
    ]
    return {**document, "Statement": statements}


@dataclass(frozen=True)
class _Stack:
    """One template with the outputs that all stacks of its environment offer it."""

    name: str
    template: Json
    outputs: Mapping[str, tuple[Any, Json]]

    def resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.resolve(each) for each in node]
        if not isinstance(node, dict):
            return node
        match node:
            case {"Ref": name}:
                return self._reference(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^!}]+)\}", lambda found: self._placeholder(found[1]), text)
        return {key: self.resolve(value) for key, value in node.items()}

    def _placeholder(self, text: str) -> str:
        name, _, attribute = text.partition(".")
        return self._attribute(name, attribute) if attribute else self._reference(name)

    def _reference(self, name: str) -> str:
        if name in PSEUDO or name == "AWS::StackName":
            return PSEUDO.get(name, f"todo-insights-dev-{self.name}")
        if name in self.outputs and name in self.template.get("Parameters", {}):
            value, origin = self.outputs[name]
            return str(_Stack(self.name, origin, {}).resolve(value))
        kind = self.template["Resources"].get(name, {}).get("Type")
        return self._attribute(name, "Arn") if kind in KNOWN_BY_ARN else name.lower()

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self.template["Resources"][name]["Type"]
        if attribute == "Arn" and kind in ARNS:
            return ARNS[kind].format(name=name.lower())
        return f"{name}-{attribute}".lower()
