"""EMR Serverless for the DAG todo_history_rebuild: an application, and the role and log group of its jobs."""

from awacs import emr_serverless, glue, s3
from awacs import iam as iam_actions
from awacs import logs as log_actions
from awacs.aws import Statement, StringEquals
from troposphere import GetAtt, Ref, Sub, Template, emrserverless, iam, logs

from cloudformation.components.logs import add_log_group
from cloudformation.components.policies import USE_KEY, allow, document, trust
from cloudformation.settings import Settings

SERVICE = "emr-serverless.amazonaws.com"
# The folder in the artefact bucket with the code of the Spark job and the archive of Python.
FOLDER = "history"
IDLE_MINUTES = 5
GB_PER_VCPU, DISK_GB_PER_VCPU = 4, 10


def add_logs(template: Template, settings: Settings) -> logs.LogGroup:
    """Add the log group of the Spark jobs."""
    return add_log_group(template, settings, "HistoryLogGroup", Ref("StoreKeyArn"))


def add_history(template: Template, settings: Settings, group: logs.LogGroup) -> list[Statement]:
    """Add the EMR Serverless application and the role of its jobs.

    Returns the policy statements that allow Airflow's role to start jobs, read their state, and cancel jobs.
    """
    role = _add_role(template, group)
    application = _add_application(template, settings)
    jobs = Sub(f"${{{application.title}.Arn}}/jobruns/*")
    return [
        allow(
            "StartRebuilds",
            [emr_serverless.GetApplication, emr_serverless.StartApplication, emr_serverless.StartJobRun],
            [GetAtt(application, "Arn")],
        ),
        allow("FollowRebuilds", [emr_serverless.CancelJobRun, emr_serverless.GetJobRun], [jobs]),
        allow(
            "PassRoleToRebuilds",
            [iam_actions.PassRole],
            [GetAtt(role, "Arn")],
            StringEquals({"iam:PassedToService": SERVICE}),
        ),
    ]


def settings_of_pipeline() -> dict[str, str]:
    """Return the pipeline's settings for EMR Serverless; `${…}` refers to a resource of this stack."""
    return {
        "HISTORY_APPLICATION_ID": "${HistoryApplication}",
        "HISTORY_ARTEFACTS_URI": f"s3://${{ArtefactBucketName}}/{FOLDER}",
        "HISTORY_LOG_GROUP": "${HistoryLogGroup}",
        "HISTORY_REGION": "${AWS::Region}",
        "HISTORY_ROLE_ARN": "${HistoryRole.Arn}",
    }


def _add_application(template: Template, settings: Settings) -> emrserverless.Application:
    """Add the EMR Serverless application that runs the Spark jobs.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-emrserverless-application.html

    The application costs nothing while no job runs. Jobs need no VPC, because they call only S3, Glue and
    CloudWatch.
    """
    vcpus = settings.history_vcpus
    return template.add_resource(
        emrserverless.Application(
            "HistoryApplication",
            Type="Spark",
            ReleaseLabel=settings.spark_release,
            Architecture="X86_64",
            AutoStartConfiguration=emrserverless.AutoStartConfiguration(Enabled=True),
            AutoStopConfiguration=emrserverless.AutoStopConfiguration(
                Enabled=True, IdleTimeoutMinutes=IDLE_MINUTES
            ),
            MaximumCapacity=emrserverless.MaximumAllowedResources(
                Cpu=f"{vcpus} vCPU",
                Memory=f"{vcpus * GB_PER_VCPU} GB",
                Disk=f"{vcpus * DISK_GB_PER_VCPU} GB",
            ),
        )
    )


def _add_role(template: Template, group: logs.LogGroup) -> iam.Role:
    """Add the role of the Spark jobs.

    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam-runtime-role.html

    Jobs read Bronze and write Silver and Gold. In Bronze they write only publication records. The role gives
    no access to the database or to secrets.
    """
    written = [f"{_bucket(zone)}/*" for zone in ("Silver", "Gold")]
    buckets = [_bucket(zone) for zone in ("Bronze", "Silver", "Gold")]
    catalog = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}"
    policy = document(
        allow(
            "ListLake",
            [s3.GetBucketLocation, s3.ListBucket, s3.ListBucketVersions],
            [Sub(each) for each in buckets],
        ),
        allow("ReadBronze", [s3.GetObject], [Sub(f"{_bucket('Bronze')}/*")]),
        allow("WriteRecords", [s3.PutObject], [Sub(f"{_bucket('Bronze')}/publications/*")]),
        allow(
            "WriteSilverAndGold",
            [s3.AbortMultipartUpload, s3.DeleteObject, s3.DeleteObjectVersion, s3.GetObject, s3.PutObject],
            [Sub(each) for each in written],
        ),
        allow("UseLakeKeys", USE_KEY, [Ref("BronzeKeyArn"), Ref("LakeKeyArn")]),
        allow(
            "PublishRebuiltHours",
            [glue.CreatePartition, glue.GetPartition, glue.GetPartitions, glue.UpdatePartition],
            [
                Sub(f"{catalog}:catalog"),
                Sub(f"{catalog}:database/${{DatabaseName}}"),
                Sub(f"{catalog}:table/${{DatabaseName}}/*"),
            ],
        ),
        allow("ReadArtefacts", [s3.GetObject], [Sub(f"${{ArtefactBucketArn}}/{FOLDER}/*")]),
        allow(
            "DecryptArtefacts",
            USE_KEY,
            [Ref("StoreKeyArn")],
            StringEquals({"kms:ViaService": [Sub("s3.${AWS::Region}.amazonaws.com")]}),
        ),
        # https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/logging.html
        allow("FindLogGroup", [log_actions.DescribeLogGroups], ["*"]),
        allow(
            "WriteLogs",
            [log_actions.CreateLogStream, log_actions.DescribeLogStreams, log_actions.PutLogEvents],
            [GetAtt(group, "Arn")],
        ),
    )
    return template.add_resource(
        iam.Role(
            "HistoryRole",
            # Only roles under this IAM path may use the key of Bronze.
            Path=Ref("BronzeRolePath"),
            AssumeRolePolicyDocument=trust([SERVICE]),
            Policies=[iam.Policy(PolicyName="rebuild", PolicyDocument=policy)],
        )
    )


def _bucket(zone: str) -> str:
    return f"arn:${{AWS::Partition}}:s3:::${{{zone}BucketName}}"
