"""Rules for MWAA, against what AWS documents of its classes and versions."""

from tests.cloudformation.rules import Json, Rule, of_type

# https://docs.aws.amazon.com/mwaa/latest/userguide/airflow-versions.html, those that the DAGs are tested on.
VERSIONS = {"3.2.1", "3.3.1"}
# https://docs.aws.amazon.com/mwaa/latest/userguide/environment-class.html: fewest and most of each.
LARGER = {"workers": (1, 25), "schedulers": (2, 5), "webservers": (2, 5)}
CLASSES = {
    "mw1.micro": {"workers": (1, 1), "schedulers": (1, 1), "webservers": (1, 1)},
    "mw1.small": LARGER,
    "mw1.medium": LARGER,
    "mw1.large": LARGER,
    "mw1.xlarge": LARGER,
    "mw1.2xlarge": LARGER,
}
LOGS = {
    "DagProcessingLogs": "DAGProcessing",
    "SchedulerLogs": "Scheduler",
    "TaskLogs": "Task",
    "WebserverLogs": "WebServer",
    "WorkerLogs": "Worker",
}
OPTIONS = {
    "core.dags_are_paused_at_creation",
    "secrets.backend",
    "secrets.backend_kwargs",
    "workers.secrets_backend",
    "workers.secrets_backend_kwargs",
}


def unknown_versions(template: Json) -> list[str]:
    """Name environments of a version or class that MWAA, or our DAGs, do not have."""
    environments = of_type(template, "AWS::MWAA::Environment")
    return [
        f"{name} {environment.get('AirflowVersion')} {environment.get('EnvironmentClass')}"
        for name, environment in environments.items()
        if environment.get("AirflowVersion") not in VERSIONS
        or environment.get("EnvironmentClass") not in CLASSES
    ]


def wrong_sizes(template: Json) -> list[str]:
    """Name counts that the class of the environment does not take."""
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        limits = CLASSES.get(environment["EnvironmentClass"], {})
        counts = {
            "workers": ("MinWorkers", "MaxWorkers"),
            "schedulers": ("Schedulers",),
            "webservers": ("MinWebservers", "MaxWebservers"),
        }
        for kind, (low, high) in limits.items():
            findings += [each for each in counts[kind] if not low <= environment[each] <= high]
    return findings


def lost_files(template: Json) -> list[str]:
    """Name environments that would keep requirements they installed before, or look in the wrong place."""
    wanted = {
        "DagS3Path": "dags",
        "RequirementsS3Path": "requirements.txt",
        "RequirementsS3ObjectVersion": {"Ref": "RequirementsVersion"},
        "SourceBucketArn": {"Ref": "ArtefactBucketArn"},
    }
    environments = of_type(template, "AWS::MWAA::Environment").values()
    return [key for each in environments for key, value in wanted.items() if each.get(key) != value]


def wrong_networks(template: Json) -> list[str]:
    """Name environments that are not in exactly two different private subnets."""
    findings = []
    for name, environment in of_type(template, "AWS::MWAA::Environment").items():
        subnets = {each["Ref"] for each in environment["NetworkConfiguration"]["SubnetIds"]}
        if len(subnets) != 2 or not all(each.startswith("PrivateSubnet") for each in subnets):
            findings.append(name)
    return findings


def unprepared_logs(template: Json) -> list[str]:
    """Name logs that are off, or whose group MWAA would make itself, without key and retention."""
    groups = of_type(template, "AWS::Logs::LogGroup")
    findings = []
    for name, environment in of_type(template, "AWS::MWAA::Environment").items():
        waits = template["Resources"][name].get("DependsOn", [])
        ready = [group["LogGroupName"]["Fn::Sub"] for title, group in groups.items() if title in waits]
        for log, group in LOGS.items():
            on = environment["LoggingConfiguration"].get(log, {}).get("Enabled") is True
            if not on or f"airflow-${{AWS::StackName}}-{group}" not in ready:
                findings.append(log)
    return findings


def wrong_trust(template: Json) -> list[str]:
    """Name execution roles that one of MWAA's two services cannot take on."""
    services = {"airflow.amazonaws.com", "airflow-env.amazonaws.com"}
    findings = []
    for environment in of_type(template, "AWS::MWAA::Environment").values():
        role = environment["ExecutionRoleArn"]["Fn::GetAtt"][0]
        trust = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        trusted = {each for statement in trust for each in statement["Principal"]["Service"]}
        findings += [f"{role} does not trust {each}" for each in sorted(services - trusted)]
    return findings


def unknown_settings(template: Json) -> list[str]:
    """Name options of Airflow that are unknown to us, or missing: without them it finds no secret."""
    environments = of_type(template, "AWS::MWAA::Environment").values()
    return [key for each in environments for key in OPTIONS ^ each["AirflowConfigurationOptions"].keys()]


RULES: list[Rule] = [
    unknown_versions,
    wrong_sizes,
    lost_files,
    wrong_networks,
    unprepared_logs,
    wrong_trust,
    unknown_settings,
]
