"""What resources are called: physical names, Ref, GetAtt and ARNs, as the registry describes them."""

from hashlib import sha256
from typing import Any

from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.expressions import ACCOUNT, REGION
from tests.cloudformation.account.state import Resource
from tests.cloudformation.rules import Json, registry

# Properties that name a resource where the registry's primary identifier does not: it is an ARN or an id.
NAMED_BY: dict[str, tuple[str, ...]] = {
    "AWS::Budgets::Budget": ("Budget.BudgetName",),
    "AWS::DocDB::DBCluster": ("DBClusterIdentifier",),
    "AWS::DocDB::DBInstance": ("DBInstanceIdentifier",),
    "AWS::EC2::Route": ("RouteTableId", "DestinationCidrBlock"),
    "AWS::EC2::SecurityGroup": ("VpcId", "GroupName"),
    "AWS::ElasticBeanstalk::ApplicationVersion": (),
    "AWS::Glue::Database": ("DatabaseInput.Name",),
    "AWS::Glue::Table": ("DatabaseName", "TableInput.Name"),
    "AWS::SecretsManager::Secret": ("Name",),
    "AWS::SNS::Topic": ("TopicName",),
}
# What an id looks like, of types whose id AWS makes up.
IDS = {
    "AWS::EC2::EIP": "203.0.113.{number}",
    "AWS::EC2::FlowLog": "fl-{hex}",
    "AWS::EC2::InternetGateway": "igw-{hex}",
    "AWS::EC2::NatGateway": "nat-{hex}",
    "AWS::EC2::RouteTable": "rtb-{hex}",
    "AWS::EC2::SecurityGroup": "sg-{hex}",
    "AWS::EC2::SecurityGroupEgress": "sgr-{hex}",
    "AWS::EC2::SecurityGroupIngress": "sgr-{hex}",
    "AWS::EC2::Subnet": "subnet-{hex}",
    "AWS::EC2::SubnetRouteTableAssociation": "rtbassoc-{hex}",
    "AWS::EC2::VPC": "vpc-{hex}",
    "AWS::EC2::VPCEndpoint": "vpce-{hex}",
    "AWS::KMS::Key": "{hex:.8}-{hex:.4}-4000-8000-{hex:.12}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:{account}:secret:{name}-{hex:.6}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
}
# Types whose names take small letters only, and the longest names that types take.
LOWER = ("AWS::S3::", "AWS::DocDB::", "AWS::Glue::")
LONGEST = {"AWS::ElasticBeanstalk::Environment": 40, "AWS::IAM::Role": 64}
ARNS = {
    "AWS::Budgets::Budget": "arn:aws:budgets::{account}:budget/{name}",
    "AWS::CloudWatch::Alarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::CloudWatch::CompositeAlarm": "arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::CloudWatch::Dashboard": "arn:aws:cloudwatch::{account}:dashboard/{name}",
    "AWS::DocDB::DBCluster": "arn:aws:rds:{region}:{account}:cluster:{name}",
    "AWS::DocDB::DBClusterParameterGroup": "arn:aws:rds:{region}:{account}:cluster-pg:{name}",
    "AWS::DocDB::DBInstance": "arn:aws:rds:{region}:{account}:db:{name}",
    "AWS::DocDB::DBSubnetGroup": "arn:aws:rds:{region}:{account}:subgrp:{name}",
    "AWS::EC2::EIP": "arn:aws:ec2:{region}:{account}:elastic-ip/eipalloc-{hex}",
    "AWS::EC2::FlowLog": "arn:aws:ec2:{region}:{account}:vpc-flow-log/{name}",
    "AWS::EC2::InternetGateway": "arn:aws:ec2:{region}:{account}:internet-gateway/{name}",
    "AWS::EC2::NatGateway": "arn:aws:ec2:{region}:{account}:natgateway/{name}",
    "AWS::EC2::RouteTable": "arn:aws:ec2:{region}:{account}:route-table/{name}",
    "AWS::EC2::SecurityGroup": "arn:aws:ec2:{region}:{account}:security-group/{name}",
    "AWS::EC2::VPCEndpoint": "arn:aws:ec2:{region}:{account}:vpc-endpoint/{name}",
    "AWS::ElasticBeanstalk::Environment": "arn:aws:elasticbeanstalk:{region}:{account}:environment/x/{name}",
    "AWS::IAM::InstanceProfile": "arn:aws:iam::{account}:instance-profile{path}{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role{path}{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
    "AWS::MWAA::Environment": "arn:aws:airflow:{region}:{account}:environment/{name}",
    "AWS::RDS::DBClusterSnapshot": "arn:aws:rds:{region}:{account}:cluster-snapshot:{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SecretsManager::Secret": "{name}",
    "AWS::SNS::Subscription": "{name}",
    "AWS::SNS::Topic": "{name}",
}
ATTRIBUTES = {
    ("AWS::DocDB::DBCluster", "Endpoint"): "{name}.cluster-{hex:.12}.{region}.docdb.amazonaws.com",
    ("AWS::EC2::EIP", "AllocationId"): "eipalloc-{hex}",
    ("AWS::ElasticBeanstalk::Environment", "EndpointURL"): "{name}-{hex:.8}.{region}.elb.amazonaws.com",
    ("AWS::KMS::Key", "KeyId"): "{name}",
    ("AWS::MWAA::Environment", "WebserverUrl"): "{hex:.8}.c1.{region}.airflow.amazonaws.com",
    ("AWS::SecretsManager::Secret", "Id"): "{name}",
    ("AWS::SNS::Topic", "TopicArn"): "{name}",
}


def at(properties: Any, path: str) -> Any:
    """Return the property at a path such as Budget.BudgetName, or None."""
    for key in path.split("."):
        properties = properties.get(key) if isinstance(properties, dict) else None
    return properties


def identifier(kind: str) -> tuple[str, ...]:
    """Return the paths of the properties that together name a resource of this type, if a template may."""
    if kind in NAMED_BY:
        return NAMED_BY[kind]
    schema = registry(kind)
    paths = [path.removeprefix("/properties/") for path in schema["primaryIdentifier"]]
    made_up = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", [])}
    return tuple(path.replace("/", ".") for path in paths if path not in made_up)


def claim(kind: str, properties: Json) -> tuple[str, ...] | None:
    """Return what no other resource of the account may be called, or None if AWS makes its name up."""
    values = [at(properties, path) for path in identifier(kind)]
    return (kind, *map(str, values)) if values and all(values) else None


def physical(kind: str, properties: Json, stack: str, logical: str, nonce: int) -> str:
    """Return the physical id: what Ref gives."""
    given = at(properties, names[-1]) if (names := identifier(kind)) else None
    digits = _hex(f"{stack} {logical} {nonce}")
    name = str(given) if given else _made_up(kind, stack, logical, digits)
    return _filled(IDS.get(kind, "{name}"), name, digits, nonce, properties)


def arn(resource: Resource) -> str:
    """Return the ARN of a resource, which the tagging API knows it by."""
    service, kind = resource.kind.split("::")[1:]
    otherwise = f"arn:aws:{service.lower()}:{{region}}:{{account}}:{kind.lower()}/{{name}}"
    return _of(resource, ARNS.get(resource.kind, otherwise))


def attribute(resource: Resource, name: str) -> str:
    """Return what GetAtt gives; raise Refused if the type's registry has no such attribute."""
    schema = registry(resource.kind)
    readable = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties", [])}
    if name.replace(".", "/") not in readable:
        where = f"resource {resource.logical} does not support attribute type {name} in Fn::GetAtt"
        raise Refused(f"Template error: {where}")
    if name == "Arn":
        return arn(resource)
    return _of(resource, ATTRIBUTES.get((resource.kind, name), f"{{name}}.{name.lower()}"))


def _of(resource: Resource, pattern: str) -> str:
    return _filled(pattern, resource.physical, _hex(resource.physical), 0, resource.properties)


def _made_up(kind: str, stack: str, logical: str, digits: str) -> str:
    room = LONGEST.get(kind, 63) - 13
    name = f"{f'{stack}-{logical}'[:room]}-{digits[:12].upper()}"
    return name.lower() if kind.startswith(LOWER) else name


def _filled(pattern: str, name: str, digits: str, number: int, properties: Json) -> str:
    path = properties.get("Path", "/")
    return pattern.format(
        name=name, hex=digits[:17], number=number % 256, path=path, region=REGION, account=ACCOUNT
    )


def _hex(text: str) -> str:
    return sha256(text.encode()).hexdigest()
