"""Rules for what CloudFormation would let us leave out, and we may not."""

from collections.abc import Mapping

from tests.cloudformation.rules import Json, Rule

# By type: without one of these the resource would be made, and be wrong.
NEEDED = {
    "AWS::Athena::NamedQuery": {"Name", "WorkGroup"},
    "AWS::Athena::WorkGroup": {"RecursiveDeleteOption"},
    "AWS::CloudWatch::Dashboard": {"DashboardBody"},
    "AWS::DocDB::DBCluster": {
        *("CopyTagsToSnapshot", "DBClusterIdentifier", "DBSubnetGroupName", "DeletionProtection"),
        *("MasterUserPassword", "MasterUsername", "Port", "PreferredBackupWindow", "VpcSecurityGroupIds"),
    },
    "AWS::DocDB::DBInstance": {"CACertificateIdentifier"},
    "AWS::EC2::FlowLog": {"DeliverLogsPermissionArn", "LogGroupName", "TrafficType"},
    "AWS::EC2::Subnet": {"AvailabilityZone", "CidrBlock"},
    "AWS::EC2::SecurityGroup": {"VpcId"},
    "AWS::EC2::SecurityGroupIngress": {
        "Description",
        "FromPort",
        "GroupId",
        "ToPort",
    },
    "AWS::EC2::VPCEndpoint": {"RouteTableIds", "VpcEndpointType"},
    "AWS::EC2::VPCGatewayAttachment": {"InternetGatewayId"},
    "AWS::EC2::SecurityGroupEgress": {
        *("Description", "DestinationSecurityGroupId", "FromPort", "GroupId", "IpProtocol", "ToPort"),
    },
    "AWS::ElasticBeanstalk::ApplicationVersion": {"SourceBundle"},
    "AWS::ElasticBeanstalk::Environment": {"EnvironmentName", "OptionSettings", "Tier", "VersionLabel"},
    "AWS::KMS::Key": {"Description", "KeyPolicy", "PendingWindowInDays"},
    "AWS::Logs::MetricFilter": {"FilterPattern", "LogGroupName", "MetricTransformations"},
    "AWS::MWAA::Environment": {
        *("AirflowConfigurationOptions", "LoggingConfiguration", "NetworkConfiguration"),
        *("MaxWorkers", "MinWorkers", "WebserverAccessMode", "WorkerReplacementStrategy"),
    },
    "AWS::S3::Bucket": {"LifecycleConfiguration"},
}
# By type: any one of these.
ONE_OF = {
    "AWS::EC2::Route": {"GatewayId", "NatGatewayId"},
    "AWS::IAM::Role": {"ManagedPolicyArns", "Policies"},
    "AWS::SecretsManager::Secret": {"GenerateSecretString", "SecretString"},
}
# Values that a whole service depends on: MWAA resolves its own parts by the names of the VPC.
VALUES: Mapping[str, Mapping[str, object]] = {
    "AWS::EC2::VPC": {"EnableDnsHostnames": True, "EnableDnsSupport": True},
    "AWS::EC2::FlowLog": {"ResourceType": "VPC"},
    "AWS::MWAA::Environment": {"WebserverAccessMode": "PUBLIC_ONLY"},
    "AWS::SecretsManager::SecretTargetAttachment": {"TargetType": "AWS::DocDB::DBCluster"},
}


def lost_properties(template: Json) -> list[str]:
    """Name what a resource lacks though it would be made without it."""
    findings = []
    for name, resource in template["Resources"].items():
        kind, given = resource["Type"], resource.get("Properties", {}).keys()
        findings += [f"{name} {each}" for each in sorted(NEEDED.get(kind, set()) - given)]
        if kind in ONE_OF and not ONE_OF[kind] & given:
            findings.append(f"{name} has none of {sorted(ONE_OF[kind])}")
    return findings


def wrong_values(template: Json) -> list[str]:
    """Name properties whose value would be taken, and would break what lies behind them."""
    return [
        f"{name} {key}"
        for name, resource in template["Resources"].items()
        for key, value in VALUES.get(resource["Type"], {}).items()
        if resource.get("Properties", {}).get(key) != value
    ]


def unprotected_state(template: Json) -> list[str]:
    """Name clusters whose protection and last snapshot do not go together."""
    return [
        name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DocDB::DBCluster"
        and (resource.get("DeletionPolicy") == "Snapshot")
        != (resource["Properties"].get("DeletionProtection") is True)
    ]


RULES: list[Rule] = [lost_properties, wrong_values, unprotected_state]
