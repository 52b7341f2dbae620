"""What each environment must have, in dev and in prod: a second source beside `cloudformation.settings`.

prod keeps what it may need again for a month, and proof for a year; dev forgets, and costs little.
"""

from collections.abc import Mapping

from tests.cloudformation.writing import Wanted, between

ENVIRONMENTS = ("dev", "prod")
# The addresses of each environment; they never overlap, so that the networks can be joined.
NETWORKS: Mapping[str, str] = {"dev": "10.20.0.0/16", "prod": "10.30.0.0/16"}
GIB = 1024**3
_RULES = "LifecycleConfiguration.Rules[?]"
_TWO = "@PrivateSubnet1Id, @PrivateSubnet2Id"
_CUTOFF = "WorkGroupConfiguration.BytesScannedCutoffPerQuery"

# Rows of type, pattern of the logical name ("" for all), path, and what is wanted in dev and in prod.
SIZES: list[tuple[str, str, str, Wanted, Wanted]] = [
    # A key is gone for good after these days: in prod as late as KMS can, 30.
    ("AWS::KMS::Key", "", "PendingWindowInDays", "7", "30"),
    ("AWS::S3::Bucket", "", f"{_RULES}.NoncurrentVersionExpiration.NoncurrentDays", "7", "30"),
    ("AWS::S3::Bucket", "LogBucket", f"{_RULES}.ExpirationInDays", "30", "365"),
    ("AWS::S3::Bucket", "ResultBucket", f"{_RULES}.ExpirationInDays", "7", "30"),
    ("AWS::Logs::LogGroup", "", "RetentionInDays", "30", "365"),
    ("AWS::EC2::VPC", "", "CidrBlock", NETWORKS["dev"], NETWORKS["prod"]),
    # 35 days are the most that DocumentDB can be turned back by.
    ("AWS::DocDB::DBCluster", "", "BackupRetentionPeriod", "7", "35"),
    ("AWS::DocDB::DBCluster", "", "DeletionProtection", "false", "true"),
    ("AWS::DocDB::DBInstance", "", "DBInstanceClass", r"db\.serverless", r"db\.t4g\.medium"),
    ("AWS::DocDB::DBSubnetGroup", "", "SubnetIds", rf"\[{_TWO}\]", rf"\[{_TWO}, @PrivateSubnet3Id\]"),
    ("AWS::MWAA::Environment", "", "EnvironmentClass", r"mw1\.micro", r"mw1\.small"),
    ("AWS::MWAA::Environment", "", "MinWorkers", "1", "1"),
    # Hours are made up for in parallel; each worker more is paid for.
    ("AWS::MWAA::Environment", "", "MaxWorkers", "1", between(2, 5)),
    ("AWS::MWAA::Environment", "", "Schedulers", "1", "2"),
    ("AWS::MWAA::Environment", "", "MinWebservers", "1", "2"),
    ("AWS::MWAA::Environment", "", "MaxWebservers", "1", "2"),
    ("AWS::Athena::WorkGroup", "", _CUTOFF, str(GIB), str(100 * GIB)),
    ("AWS::CloudWatch::Alarm", "AthenaScans", "Threshold", str(10 * GIB), str(1024 * GIB)),
    ("AWS::CloudWatch::Alarm", "DatabaseGrowth", "Threshold", str(GIB), str(10 * GIB)),
    ("AWS::Budgets::Budget", "", "Budget.BudgetLimit.Amount", "400", "900"),
]
# How many of a type there are. A zone that fails takes one of them with it.
COUNTS: Mapping[str, tuple[int, int]] = {
    "AWS::DocDB::DBInstance": (1, 3),
    "AWS::EC2::EIP": (1, 2),
    "AWS::EC2::NatGateway": (1, 2),
    "AWS::EC2::Subnet": (4, 5),
}
# Options of Beanstalk, by namespace and name.
OPTIONS: Mapping[tuple[str, str], tuple[Wanted, Wanted]] = {
    ("aws:autoscaling:asg", "MinSize"): ("1", "2"),
    ("aws:autoscaling:asg", "MaxSize"): ("2", "6"),
    ("aws:ec2:instances", "InstanceTypes"): (r"t4g\.micro,t4g\.small", r"t4g\.small,t4g\.medium"),
    ("aws:elasticbeanstalk:cloudwatch:logs", "RetentionInDays"): ("30", "365"),
    ("aws:elasticbeanstalk:command", "DeploymentPolicy"): ("RollingWithAdditionalBatch", "Immutable"),
    # Seconds: a deployment that hangs is given up long before anybody has gone home.
    ("aws:elasticbeanstalk:command", "Timeout"): (between(600, 1800), between(600, 1800)),
}
