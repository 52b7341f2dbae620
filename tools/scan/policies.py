"""Finds the policies in rendered templates, and replaces their placeholders as a deployment would.

A policy linter cannot read `Ref` and `Fn::Sub`, so each placeholder is replaced with a name or an ARN of the
right type. The value of a parameter comes from the output of another stack with the same name, so a reference
to the parameter is replaced with the name or the ARN of the resource in this output.
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
_ARN_PREFIX = "arn:aws:{service}:us-east-1:123456789012:"
# The format of the ARN of each resource type; {name} is the logical id in lower case.
ARNS = {
    "AWS::EMRServerless::Application": f"{_ARN_PREFIX.format(service='emr-serverless')}/applications/00abc",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{name}",
    "AWS::KMS::Key": f"{_ARN_PREFIX.format(service='kms')}key/{KEY}",
    "AWS::Logs::LogGroup": f"{_ARN_PREFIX.format(service='logs')}log-group:{{name}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": f"{_ARN_PREFIX.format(service='sns')}{{name}}",
    "AWS::SecretsManager::Secret": f"{_ARN_PREFIX.format(service='secretsmanager')}secret:{{name}}-AbCdEf",
}
# The resource types for which `Ref` returns the ARN instead of a name.
REF_RETURNS_ARN = {"AWS::SNS::Topic", "AWS::SecretsManager::Secret"}
POLICY_PROPERTIES = ("AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument", "ResourcePolicy")


@dataclass(frozen=True)
class Policy:
    """A policy without placeholders, and its location, such as "dev/airflow ExecutionRole pipeline"."""

    location: str
    document: Json


def find_policies(directory: Path) -> Iterator[Policy]:
    """Yield every policy in the templates under `directory`, which has one folder per environment."""
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
        for where, document in _find_documents(resource.get("Properties", {})):
            yield f"{name} {where}", _with_resources(document, {"Fn::GetAtt": [name, "Arn"]})


def _find_documents(node: Any) -> Iterator[tuple[str, Json]]:
    """Yield the policy documents in the properties of a resource of any type, at any depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in POLICY_PROPERTIES and isinstance(value, dict):
                yield str(node.get("PolicyName", key)), value
            else:
                yield from _find_documents(value)
    elif isinstance(node, list):
        for each in node:
            yield from _find_documents(each)


def _with_resources(document: Json, own: Json) -> Json:
    """Return a policy in which `own` is the resource of each statement that has a principal but no resource.

    Such statements of a resource policy, and those with the resource `*`, apply to the resource itself.
    """
    statements = [
        {**each, "Resource": own} if "Principal" in each and each.get("Resource", ["*"]) == ["*"] else each
        for each in document["Statement"]
    ]
    return {**document, "Statement": statements}


@dataclass(frozen=True)
class _Stack:
    """A template, and the outputs of all stacks of its environment by name."""

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
            value, source_template = self.outputs[name]
            return str(_Stack(self.name, source_template, {}).resolve(value))
        kind = self.template["Resources"].get(name, {}).get("Type")
        return self._attribute(name, "Arn") if kind in REF_RETURNS_ARN else name.lower()

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self.template["Resources"][name]["Type"]
        if attribute == "Arn" and kind in ARNS:
            return ARNS[kind].format(name=name.lower())
        return f"{name}-{attribute}".lower()
