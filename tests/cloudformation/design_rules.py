"""Rules for what is designed of each type, and for properties that nobody has designed.

The tables do not say how the templates happen to be, but what must hold of any resource of a type, or of
those whose name matches; values as `writing.written` writes them.
"""

import re
from collections.abc import Mapping

from tests.cloudformation.design_services import NETWORK, SERVICES
from tests.cloudformation.design_storage import DATABASE, STORAGE
from tests.cloudformation.rules import Json, Rule, taggable
from tests.cloudformation.writing import Table, strays

TABLE: Table = [*STORAGE, *DATABASE, *NETWORK, *SERVICES]
# What other rules look at, and what has no bearing on anything.
ELSEWHERE: Mapping[str, set[str]] = {
    "AWS::DocDB::DBCluster": {"ServerlessV2ScalingConfiguration"},
    "AWS::EC2::SecurityGroup": {"SecurityGroupEgress", "SecurityGroupIngress"},
    "AWS::ElasticBeanstalk::Environment": {"OptionSettings"},
    "AWS::KMS::Key": {"KeyPolicy"},
    "AWS::S3::Bucket": {
        *("OwnershipControls", "PublicAccessBlockConfiguration", "VersioningConfiguration"),
        *("LifecycleConfiguration", "LoggingConfiguration"),
    },
    "AWS::S3::BucketPolicy": {"PolicyDocument"},
    "AWS::SNS::TopicPolicy": {"PolicyDocument"},
    "AWS::SecretsManager::Secret": {"Name", "SecretString", "GenerateSecretString"},
    "AWS::Logs::LogGroup": {"LogGroupName"},
}
# Airflow's rules know all of its properties themselves.
OPEN = {"AWS::MWAA::Environment", "AWS::EC2::VPCEndpoint"}


def off_design(template: Json) -> list[str]:
    """Name values that are missing, or that are not what is designed of their type."""
    return [
        finding
        for name, resource in template["Resources"].items()
        for kind, pattern, wanted in TABLE
        if kind == resource["Type"] and re.fullmatch(pattern or ".*", name)
        for finding in strays(name, resource.get("Properties", {}), wanted)
    ]


def unplanned_properties(template: Json) -> list[str]:
    """Name properties that are in no table: whoever needs one says there how it has to read."""
    findings = []
    for name, resource in template["Resources"].items():
        kind = resource["Type"]
        if kind in OPEN or kind not in {of for of, _, _ in TABLE}:
            continue
        known = {
            path.split(".")[0].removesuffix("[]") for of, _, wanted in TABLE if of == kind for path in wanted
        }
        known |= {*ELSEWHERE.get(kind, set()), str(taggable(kind))}
        findings += [f"{name} {each}" for each in resource.get("Properties", {}).keys() - known]
    return findings


RULES: list[Rule] = [off_design, unplanned_properties]
