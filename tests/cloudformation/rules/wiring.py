"""Rules for the links between stacks: parameters, outputs, conditions and references."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.writing import written

EnvironmentRule = Callable[[Mapping[str, Json]], list[str]]
"""A rule for all templates of an environment; the mapping has the stacks in the order of their creation."""

# Parameters whose value the deployment uploads, looks up, or gets from an operator.
BROUGHT = {
    *("ApplicationBundleKey", "FirstHour", "PlatformArn", "RequirementsVersion", "RotationBundleKey", "Zones")
}
# Optional parameters, with the condition that is true if the operator has set the parameter.
OPTIONAL = {
    "AlertEmail": "SomebodyGetsAlerts",
    "CertificateArn": "Encrypted",
    "DatabaseSnapshot": "Restored",
    "RepositoryUrl": None,
}
# Outputs whose name is not derived from their resource, with the expected value of each.
NAMED_OTHERWISE = {
    "AirflowName": "@Environment",
    "AirflowUrl": "@Environment.WebserverUrl",
    "ApiEnvironmentName": "@Environment",
    "ApiHost": "@Environment.EndpointURL",
    "ApiLogGroupName": "~/aws/elasticbeanstalk/${Environment}/var/log/web.stdout.log",
    "BronzeRolePath": "/todo-insights/ENVIRONMENT/bronze/",
    "ConnectionPrefix": "~${AWS::StackName}/connections",
    "DatabaseClusterId": "@Cluster",
    "DatabaseHost": "@Cluster.Endpoint",
    # The alarms that make CloudFormation roll back an update.
    "RollbackAlarmArns": "@ApiErrors.Arn,@ApiLatency.Arn,@ApiHealth.Arn",
}
OFFERED = {
    "AirflowUrl",
    "ApiHost",
    "ApiLogGroupName",
    "DashboardName",
    "PipelineDatabaseSecretArn",
    "ResultBucketName",
    "RollbackAlarmArns",
}
# A literal account id, region or partition, for example copied from a console, is a finding. Only the chart
# of charges has a literal region, because AWS publishes all charges of an account in that region.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
BILLING_CHART = re.compile(r'"AWS/Billing"[^\[\]]*\]\], "period": \d+, "region": "us-east-1"')
HARD_CODED = re.compile(
    r"\b[0-9]{12}\b|\b[a-z]{2}(-[a-z]+)+-[0-9][a-z]?\b|arn:aws[a-z-]*:|amazonaws\.com\.cn"
)
PSEUDO = {
    f"AWS::{each}" for each in ("AccountId", "NoValue", "Partition", "Region", "StackName", "URLSuffix")
}


def environment_of(template: Json) -> str:
    """Return the environment that the description of a template names."""
    found = re.match(r"Todo insights, (\w+): ", template.get("Description", ""))
    return found[1] if found else ""


def unset_parameters(templates: Mapping[str, Json]) -> list[str]:
    """List parameters whose value is neither an output of an earlier stack nor supplied by the deployment."""
    known, findings = {*BROUGHT, *OPTIONAL}, []
    for stack, template in templates.items():
        findings += [f"{stack} {name}" for name in template.get("Parameters", {}) if name not in known]
        known |= template["Outputs"].keys()
    return findings


def missing_outputs(templates: Mapping[str, Json]) -> list[str]:
    """List outputs for operators that no stack has, and outputs with a name that two stacks use."""
    names = [name for template in templates.values() for name in template["Outputs"]]
    return sorted({each for each in names if names.count(each) > 1} | (OFFERED - set(names)))


def different_environments(templates: Mapping[str, Json]) -> list[str]:
    """List all stacks unless the descriptions of all stacks name the same environment."""
    said = {stack: environment_of(template) for stack, template in templates.items()}
    return [] if len(set(said.values())) == 1 and all(said.values()) else [*said]


def unusable_log_keys(templates: Mapping[str, Json]) -> list[str]:
    """List log groups whose key has a policy that does not let CloudWatch Logs use the key.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    keys = {
        f"{name}Arn"
        for template in templates.values()
        for name, key in of_type(template, "AWS::KMS::Key").items()
        if any("logs." in written(each.get("Principal")) for each in key["KeyPolicy"]["Statement"])
    }
    return [
        f"{stack} {name}"
        for stack, template in templates.items()
        for name, group in of_type(template, "AWS::Logs::LogGroup").items()
        if group["KmsKeyId"].get("Ref") not in keys
    ]


def references(node: Any) -> Iterator[str]:
    """Yield the logical names to which an expression refers."""
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
        case dict():
            for each in node.values():
                yield from references(each)
        case list():
            for each in node:
                yield from references(each)


def broken_references(template: Json) -> list[str]:
    """List references to undefined names, in resources, outputs and conditions."""
    known = {*template["Resources"], *template.get("Parameters", {}), *PSEUDO}
    used = references([template["Resources"], template["Outputs"], template.get("Conditions", {})])
    waits = [each.get("DependsOn", []) for each in template["Resources"].values()]
    named = [name for wait in waits for name in ([wait] if isinstance(wait, str) else wait)]
    return sorted({*used} - known) + sorted({*named} - {*template["Resources"]})


def wrong_parameters(template: Json) -> list[str]:
    """List parameters that are unused, have no description, or have an unexpected default or type."""
    used = {*references(template["Resources"]), *references(template.get("Conditions", {}))}
    return [
        name
        for name, parameter in template.get("Parameters", {}).items()
        if parameter.keys() - {"AllowedPattern", "ConstraintDescription", "Default", "Description", "Type"}
        or parameter.get("Type") != "String"
        or not parameter.get("Description")
        or parameter.get("Default") != ("" if name in OPTIONAL else None)
        or name not in used
    ]


def wrong_conditions(template: Json) -> list[str]:
    """List unused conditions, and conditions that do not mean "the operator has set the parameter"."""
    wanted = {
        condition: {"Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, ""]}]}
        for parameter, condition in OPTIONAL.items()
        if condition and parameter in template.get("Parameters", {})
    }
    given = template.get("Conditions", {})
    asked = {*_asked(template["Resources"])}
    wrong = {name for name in given.keys() | wanted if given.get(name) != wanted.get(name)}
    return sorted(wrong | (asked ^ wanted.keys()))


def _asked(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _asked(each)
    elif isinstance(node, dict):
        if "Fn::If" in node:
            yield node["Fn::If"][0]
        if isinstance(node.get("Condition"), str):
            yield node["Condition"]
        for each in node.values():
            yield from _asked(each)


def misnamed_outputs(template: Json) -> list[str]:
    """List outputs whose value does not match their name, and exported outputs, which block updates."""
    findings = []
    for name, output in template["Outputs"].items():
        resource, kind = (re.findall(r"^(\w+?)(Arn|Id|Name|)$", name) or [("", "")])[0]
        wanted = NAMED_OTHERWISE.get(name, "").replace("ENVIRONMENT", environment_of(template))
        value = written(output.get("Value"))
        named = {f"@{resource}", f"@{resource}.Arn"} if kind == "Arn" else {f"@{resource}"}
        if value not in ({wanted} if wanted else named) or {"Description", "Value"} != output.keys():
            findings.append(f"{name} has the value {value}")
    return findings


def hard_coded(template: Json) -> list[str]:
    """List literal account ids, regions and partitions, because they tie a stack to one account or region."""
    return sorted({found for text in _texts(template["Resources"]) for found in _hard_coded(text)})


def _hard_coded(text: str) -> list[str]:
    if text.startswith("CREATE OR REPLACE VIEW"):
        return []
    return [each[0] for each in HARD_CODED.finditer(BILLING_CHART.sub("", text))]


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list | dict):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _texts(each)


RULES: list[Rule] = [broken_references, wrong_parameters, wrong_conditions, misnamed_outputs, hard_coded]
ENVIRONMENT_RULES: list[EnvironmentRule] = [
    unset_parameters,
    missing_outputs,
    different_environments,
    unusable_log_keys,
]
