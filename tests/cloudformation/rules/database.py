"""Rules for DocumentDB, based on the AWS documentation of its versions."""

from tests.cloudformation.rules.core import Json, Rule, of_type

# https://docs.aws.amazon.com/documentdb/latest/developerguide/cluster_parameter_groups-list_of_parameters.html
PARAMETERS = {
    "audit_logs": {"disabled", "enabled", "ddl", "dml_read", "dml_write", "all", "none"},
    "change_stream_log_retention_duration": {str(seconds) for seconds in range(3600, 604801)},
    "default_collection_compression": {"enabled", "disabled"},
    "plannerversion": {"1", "2", "3"},
    "profiler": {"disabled", "enabled"},
    "profiler_sampling_rate": {"0.0", "0.1", "0.25", "0.5", "1.0"},
    "profiler_threshold_ms": {str(milliseconds) for milliseconds in range(50, 10001)},
    "tls": {"disabled", "enabled", "fips-140-3", "tls1.2+", "tls1.3+"},
    "ttl_monitor": {"disabled", "enabled"},
}
EXPORTS = {"audit": "audit_logs", "profiler": "profiler"}


def unknown_parameters(template: Json) -> list[str]:
    """List parameters that DocumentDB does not know, and values that it does not accept."""
    return [
        f"{name} {parameter}={value}"
        for name, group in of_type(template, "AWS::DocDB::DBClusterParameterGroup").items()
        for parameter, value in group["Parameters"].items()
        if value not in PARAMETERS.get(parameter, set())
    ]


def wrong_parameter_families(template: Json) -> list[str]:
    """List clusters whose parameter group belongs to another version of DocumentDB."""
    groups = of_type(template, "AWS::DocDB::DBClusterParameterGroup")
    return [
        name
        for name, cluster in of_type(template, "AWS::DocDB::DBCluster").items()
        if groups[cluster["DBClusterParameterGroupName"]["Ref"]]["Family"]
        != f"docdb{'.'.join(cluster['EngineVersion'].split('.')[:2])}"
    ]


def weak_clusters(template: Json) -> list[str]:
    """List clusters without encryption, TLS, or 7 days of backups, or with a log not written and exported."""
    groups = of_type(template, "AWS::DocDB::DBClusterParameterGroup")
    findings = []
    for name, cluster in of_type(template, "AWS::DocDB::DBCluster").items():
        parameters = groups[cluster["DBClusterParameterGroupName"]["Ref"]]["Parameters"]
        if cluster.get("StorageEncrypted") is not True or "KmsKeyId" not in cluster:
            findings.append(f"{name} is not encrypted with a key of our own")
        if cluster.get("BackupRetentionPeriod", 1) < 7:
            findings.append(f"{name} keeps backups for less than a week")
        if parameters.get("tls", "disabled") == "disabled":
            findings.append(f"{name} accepts connections without TLS")
        exported = set(cluster.get("EnableCloudwatchLogsExports", []))
        written = {log for log, switch in EXPORTS.items() if parameters.get(switch) == "enabled"}
        findings += [f"{name} does not both write and export {log}" for log in sorted(exported ^ written)]
    return findings


def unprepared_logs(template: Json) -> list[str]:
    """List exported logs whose log group is not created before the cluster.

    DocumentDB would create such a log group without a key and a retention period.
    """
    groups = of_type(template, "AWS::Logs::LogGroup")
    findings = []
    for name, cluster in of_type(template, "AWS::DocDB::DBCluster").items():
        waits = template["Resources"][name].get("DependsOn", [])
        ready = [group["LogGroupName"] for title, group in groups.items() if title in waits]
        for log in cluster["EnableCloudwatchLogsExports"]:
            if {"Fn::Join": ["/", ["/aws/docdb", cluster["DBClusterIdentifier"], log]]} not in ready:
                findings.append(f"{name} {log}")
    return findings


def mismatched_instances(template: Json) -> list[str]:
    """List serverless instances in a cluster without a capacity range, and others in a cluster with one."""
    clusters = of_type(template, "AWS::DocDB::DBCluster")
    return [
        name
        for name, instance in of_type(template, "AWS::DocDB::DBInstance").items()
        if (instance["DBInstanceClass"] == "db.serverless")
        != ("ServerlessV2ScalingConfiguration" in clusters[instance["DBClusterIdentifier"]["Ref"]])
    ]


RULES: list[Rule] = [
    unknown_parameters,
    wrong_parameter_families,
    weak_clusters,
    unprepared_logs,
    mismatched_instances,
]
