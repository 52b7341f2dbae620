"""What is designed of the network, and of the services that run in it."""

from collections.abc import Mapping

from tests.cloudformation.writing import SOMETHING, TRUE, Table, Wanted, between

_OF_GROUPS: Mapping[str, Wanted] = {
    "Description": SOMETHING,
    "IpProtocol": "tcp",
    "GroupId": "@.+SecurityGroup",
    "FromPort": SOMETHING,
    "ToPort": SOMETHING,
}
NETWORK: Table = [
    ("AWS::EC2::EIP", "", {"Domain": "vpc"}),
    (
        "AWS::EC2::FlowLog",
        "",
        {
            "DeliverLogsPermissionArn": r"@FlowLogRole\.Arn",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": "@FlowLogGroup",
            "ResourceId": "@Vpc",
            "ResourceType": "VPC",
            "TrafficType": "REJECT|ALL",
        },
    ),
    (
        "AWS::EC2::NatGateway",
        "",
        {"AllocationId": r"@NatAddress\d\.AllocationId", "SubnetId": r"@PublicSubnet\d"},
    ),
    ("AWS::EC2::Route", "", {"DestinationCidrBlock": r"0\.0\.0\.0/0", "RouteTableId": "@.+RouteTable"}),
    ("AWS::EC2::Route", "Public.*", {"GatewayId": "@InternetGateway", "RouteTableId": "@PublicRouteTable"}),
    ("AWS::EC2::Route", "Private.*", {"NatGatewayId": r"@NatGateway\d"}),
    ("AWS::EC2::RouteTable", "", {"VpcId": "@Vpc"}),
    ("AWS::EC2::SecurityGroup", "", {"GroupDescription": SOMETHING, "VpcId": "@Vpc"}),
    (
        "AWS::EC2::SecurityGroupIngress",
        ".+From.+",
        {**_OF_GROUPS, "SourceSecurityGroupId": "@.+SecurityGroup"},
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        "Clients",
        # One port: with a certificate nobody is to send a password without TLS, not even to be redirected.
        {
            **dict.fromkeys(("FromPort", "ToPort"), r"Encrypted\? 443 : 80"),
            "CidrIp": r"0\.0\.0\.0/0",
            "GroupId": "@LoadBalancerSecurityGroupId",
            "IpProtocol": "tcp",
        },
    ),
    ("AWS::EC2::SecurityGroupEgress", "", {**_OF_GROUPS, "DestinationSecurityGroupId": "@.+SecurityGroup"}),
    (
        "AWS::EC2::Subnet",
        "",
        {
            "AvailabilityZone": "number [0-2] of the parts of @Zones at ,",
            "CidrBlock": r"10\.\d+\.\d+\.0/(20|24)",
            "MapPublicIpOnLaunch": "false",
            "VpcId": "@Vpc",
        },
    ),
    (
        "AWS::EC2::SubnetRouteTableAssociation",
        "",
        {"RouteTableId": "@.+RouteTable", "SubnetId": "@.+Subnet[1-3]"},
    ),
    (
        "AWS::EC2::VPC",
        "",
        {"CidrBlock": r"10\.\d+\.0\.0/16", "EnableDnsHostnames": TRUE, "EnableDnsSupport": TRUE},
    ),
    (
        "AWS::EC2::VPCEndpoint",
        "S3Endpoint",
        {
            "RouteTableIds[]": r"@PrivateSubnet[1-3]RouteTable",
            "ServiceName": r"~com\.amazonaws\.\$\{AWS::Region\}\.s3",
            "VpcEndpointType": "Gateway",
            "VpcId": "@Vpc",
        },
    ),
    ("AWS::EC2::VPCGatewayAttachment", "", {"InternetGatewayId": "@InternetGateway", "VpcId": "@Vpc"}),
]

AIRFLOW_LOGS = ("DagProcessingLogs", "SchedulerLogs", "TaskLogs", "WebserverLogs", "WorkerLogs")
_LIMITS = "WorkGroupConfiguration"
SERVICES: Table = [
    (
        "AWS::Athena::WorkGroup",
        "",
        {
            "Description": SOMETHING,
            "Name": "@AWS::StackName",
            "RecursiveDeleteOption": TRUE,
            # Bytes: what one query may cost is five dollars a TB, so half a dollar at most.
            f"{_LIMITS}.BytesScannedCutoffPerQuery": between(10_000_000, 10**11 * 1.1),
            f"{_LIMITS}.EnforceWorkGroupConfiguration": TRUE,
            f"{_LIMITS}.EngineVersion.SelectedEngineVersion": "Athena engine version 3",
            f"{_LIMITS}.PublishCloudWatchMetricsEnabled": TRUE,
            f"{_LIMITS}.ResultConfiguration.EncryptionConfiguration.EncryptionOption": "SSE_KMS",
            f"{_LIMITS}.ResultConfiguration.EncryptionConfiguration.KmsKey": r"@LakeKey\.Arn",
            f"{_LIMITS}.ResultConfiguration.ExpectedBucketOwner": "@AWS::AccountId",
            f"{_LIMITS}.ResultConfiguration.OutputLocation": r"~s3://\$\{ResultBucket\}/",
        },
    ),
    (
        "AWS::Athena::NamedQuery",
        "",
        {
            "Database": "@Database",
            "Name": r"~\$\{AWS::StackName\} [a-z_]+",
            "QueryString": r"CREATE OR REPLACE VIEW [a-z_]+ AS\n.+",
            "WorkGroup": "@Workgroup",
        },
    ),
    (
        "AWS::Glue::Database",
        "",
        {
            "CatalogId": "@AWS::AccountId",
            "DatabaseInput.Name": "_ between the parts of @AWS::StackName at -",
        },
    ),
    (
        "AWS::Glue::Table",
        "",
        {
            "CatalogId": "@AWS::AccountId",
            "DatabaseName": "@Database",
            "TableInput.Name": "(bronze|silver|gold)_[a-z_]+",
            "TableInput.PartitionKeys[].Name": "dt|hour",
            "TableInput.PartitionKeys[].Type": "string",
            "TableInput.StorageDescriptor.Columns[].Name": "[a-z_]+",
            "TableInput.StorageDescriptor.Location": SOMETHING,
            "TableInput.TableType": "EXTERNAL_TABLE",
            "TableInput.Parameters.EXTERNAL": "TRUE",
            "TableInput.Parameters.classification": "parquet",
        },
    ),
    (
        "AWS::ElasticBeanstalk::ApplicationVersion",
        "",
        {
            "ApplicationName": "@Application",
            "SourceBundle.S3Bucket": "@ArtefactBucketName",
            "SourceBundle.S3Key": "@ApplicationBundleKey",
        },
    ),
    (
        "AWS::ElasticBeanstalk::Environment",
        "",
        {
            "ApplicationName": "@Application",
            "EnvironmentName": "@AWS::StackName",
            "PlatformArn": "@PlatformArn",
            "Tier.Name": "WebServer",
            "Tier.Type": "Standard",
            "VersionLabel": "@Version",
        },
    ),
    ("AWS::IAM::InstanceProfile", "", {"Roles[]": "@InstanceRole"}),
    (
        "AWS::MWAA::Environment",
        "",
        {
            # Nobody is there to switch DAGs on after a deployment.
            "AirflowConfigurationOptions.core.dags_are_paused_at_creation": "False",
            "ExecutionRoleArn": r"@ExecutionRole\.Arn",
            "KmsKey": "@StoreKeyArn",
            "Name": "@AWS::StackName",
            "NetworkConfiguration.SecurityGroupIds[]": "@AirflowSecurityGroupId",
            "WeeklyMaintenanceWindowStart": r"(MON|TUE|WED|THU|FRI|SAT|SUN):([01]\d|2[0-3]):(00|30)",
            "WorkerReplacementStrategy": "GRACEFUL",
            **{f"LoggingConfiguration.{log}.LogLevel": "INFO|WARNING" for log in AIRFLOW_LOGS},
        },
    ),
]
