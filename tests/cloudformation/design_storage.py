"""What is designed of what stores something: buckets, keys, secrets, topics, logs and the database."""

from collections.abc import Mapping

from tests.cloudformation.writing import SOMETHING, TRUE, Table, Wanted, between

# CloudWatch takes these and no others: PutRetentionPolicy in the API reference of CloudWatch Logs.
RETENTION = "1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653"
PRIVATE = "@PrivateSubnet[1-3]Id"
_DEFAULT = "BucketEncryption.ServerSideEncryptionConfiguration[].ServerSideEncryptionByDefault"
_RULES = "LifecycleConfiguration.Rules[?]"
_SECRET = r"\{\{resolve:secretsmanager:\$\{DatabaseSecretArn\}:SecretString"
_USER = r'(?!(\w*admin|root|master)")[a-z][a-z0-9]*'
_CLEAN_UP: Mapping[str, Wanted] = {
    "LifecycleConfiguration.Rules[].Status": "Enabled",
    f"{_RULES}.AbortIncompleteMultipartUpload.DaysAfterInitiation": between(1, 7),
    f"{_RULES}.NoncurrentVersionExpiration.NoncurrentDays": between(7, 90),
}


def encrypted(key: str) -> Mapping[str, Wanted]:
    """Want a bucket under a key of ours, asked for once in an hour instead of once for each object."""
    return {
        f"{_DEFAULT}.SSEAlgorithm": "aws:kms",
        f"{_DEFAULT}.KMSMasterKeyID": key,
        "BucketEncryption.ServerSideEncryptionConfiguration[].BucketKeyEnabled": TRUE,
    }


STORAGE: Table = [
    ("AWS::S3::Bucket", "", _CLEAN_UP),
    ("AWS::S3::Bucket", "Artefact.*", encrypted(r"@StoreKey\.Arn")),
    ("AWS::S3::Bucket", "Bronze.*", encrypted(r"@BronzeKey\.Arn")),
    ("AWS::S3::Bucket", "Silver.*|Gold.*|Result.*", encrypted(r"@LakeKey\.Arn")),
    # S3 delivers access logs only into buckets under its own key.
    ("AWS::S3::Bucket", "Log.*", {f"{_DEFAULT}.SSEAlgorithm": "AES256"}),
    ("AWS::S3::Bucket", "Log.*|Result.*", {f"{_RULES}.ExpirationInDays": between(7, 400)}),
    ("AWS::S3::Bucket", "(?!Log|Result).*", {f"{_RULES}.ExpiredObjectDeleteMarker": TRUE}),
    (
        "AWS::S3::Bucket",
        "(?!Log).*",
        {"LoggingConfiguration.DestinationBucketName": "@LogBucket|@LogBucketName"},
    ),
    ("AWS::S3::BucketPolicy", "", {"Bucket": "@.+Bucket"}),
    (
        "AWS::KMS::Key",
        "",
        {"Description": SOMETHING, "EnableKeyRotation": TRUE, "PendingWindowInDays": between(7, 30)},
    ),
    (
        "AWS::SecretsManager::Secret",
        "",
        {"Description": SOMETHING, "KmsKeyId": r"@StoreKey\.Arn|@StoreKeyArn"},
    ),
    (
        "AWS::SecretsManager::Secret",
        "JwtSecret|DatabaseSecret",
        # Punctuation would have to be escaped in the address of the database.
        {
            "GenerateSecretString.ExcludePunctuation": TRUE,
            "GenerateSecretString.PasswordLength": between(32, 100),
        },
    ),
    (
        "AWS::SecretsManager::Secret",
        "DatabaseSecret",
        # MasterUsername takes a letter first, and no reserved word: CreateDBCluster in the API reference of
        # DocumentDB, which makes serviceadmin itself.
        {
            "GenerateSecretString.GenerateStringKey": "password",
            "GenerateSecretString.SecretStringTemplate": rf'\{{"username": "{_USER}"\}}',
        },
    ),
    ("AWS::SecretsManager::Secret", "DatabaseUri", {"SecretString": f"~mongodb://{_SECRET}:username.+"}),
    ("AWS::SNS::Topic", "", {"KmsMasterKeyId": r"@SignalKey\.Arn"}),
    ("AWS::SNS::TopicPolicy", "", {"Topics[]": "@AlertTopic"}),
    (
        "AWS::SNS::Subscription",
        "",
        {"Endpoint": "@AlertEmail", "Protocol": "email", "TopicArn": "@AlertTopic"},
    ),
    ("AWS::Logs::LogGroup", "", {"RetentionInDays": RETENTION, "KmsKeyId": SOMETHING}),
    # MWAA has one key for everything of its own; what else writes logs is a signal.
    (
        "AWS::Logs::LogGroup",
        "(DAGProcessing|Scheduler|Task|WebServer|Worker)LogGroup",
        {"KmsKeyId": "@StoreKeyArn", "LogGroupName": r"~airflow-\$\{AWS::StackName\}-[A-Za-z]+"},
    ),
    ("AWS::Logs::LogGroup", "FlowLog.*|Audit.*|Profiler.*", {"KmsKeyId": "@SignalKeyArn"}),
]

DATABASE: Table = [
    (
        "AWS::DocDB::DBCluster",
        "",
        {
            "BackupRetentionPeriod": between(7, 35),
            "CopyTagsToSnapshot": TRUE,
            "DBClusterIdentifier": "@AWS::StackName",
            "DBClusterParameterGroupName": "@ParameterGroup",
            "DBSubnetGroupName": "@SubnetGroup",
            "DeletionProtection": "true|false",
            "EnableCloudwatchLogsExports[]": "audit|profiler",
            "EngineVersion": r"[58]\.0\.0",
            "KmsKeyId": "@StoreKeyArn",
            "MasterUserPassword": rf"~{_SECRET}:password\}}\}}",
            "MasterUsername": rf"~{_SECRET}:username\}}\}}",
            "Port": "27017",
            "PreferredBackupWindow": r"0[0-5]:[0-5]\d-0[0-6]:[0-5]\d",
            "PreferredMaintenanceWindow": r"(sat|sun):\d\d:\d\d-(sat|sun):\d\d:\d\d",
            "StorageEncrypted": TRUE,
            "VpcSecurityGroupIds[]": "@DatabaseSecurityGroupId",
        },
    ),
    (
        "AWS::DocDB::DBClusterParameterGroup",
        "",
        {
            "Description": SOMETHING,
            "Family": r"docdb[58]\.0",
            "Parameters.audit_logs": "enabled",
            "Parameters.profiler": "enabled",
            # Milliseconds: from a second on, users have noticed first.
            "Parameters.profiler_threshold_ms": between(50, 999),
            "Parameters.tls": "enabled",
            "Parameters.ttl_monitor": "enabled",
        },
    ),
    (
        "AWS::DocDB::DBInstance",
        "",
        {
            "AutoMinorVersionUpgrade": TRUE,
            "CACertificateIdentifier": "rds-ca-(rsa2048|rsa4096|ecc384)-g1",
            "DBClusterIdentifier": "@Cluster",
            "DBInstanceClass": r"db\.(serverless|t4g\.medium|r[68]g\.\d*x?large)",
        },
    ),
    ("AWS::DocDB::DBSubnetGroup", "", {"DBSubnetGroupDescription": SOMETHING, "SubnetIds[]": PRIVATE}),
    (
        "AWS::SecretsManager::SecretTargetAttachment",
        "",
        {"SecretId": "@DatabaseSecretArn", "TargetId": "@Cluster", "TargetType": "AWS::DocDB::DBCluster"},
    ),
]
