"""The Athena workgroup, which limits every query, and one saved query for each view."""

from pathlib import Path

from troposphere import GetAtt, Ref, Sub, Template, athena, glue, kms
from troposphere.s3 import Bucket

from cloudformation.settings import Settings

# SQL files of the pipeline, read as data: the deployables do not import each other.
VIEWS = Path(__file__).parents[2] / "dags" / "todo_insights" / "sql" / "views"


def add_workgroup(template: Template, settings: Settings, results: Bucket, key: kms.Key) -> athena.WorkGroup:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-workgroup.html

    The configuration is enforced, so that a client cannot choose another location or encryption for results.
    """
    return template.add_resource(
        athena.WorkGroup(
            "Workgroup",
            Name=Ref("AWS::StackName"),
            Description="Queries on the lake",
            # Otherwise query history and saved queries would prevent the deletion of the stack.
            RecursiveDeleteOption=True,
            WorkGroupConfiguration=athena.WorkGroupConfiguration(
                EnforceWorkGroupConfiguration=True,
                PublishCloudWatchMetricsEnabled=True,
                BytesScannedCutoffPerQuery=settings.scan_limit_bytes,
                EngineVersion=athena.EngineVersion(SelectedEngineVersion="Athena engine version 3"),
                ResultConfiguration=athena.ResultConfiguration(
                    OutputLocation=Sub(f"s3://${{{results.title}}}/"),
                    ExpectedBucketOwner=Ref("AWS::AccountId"),
                    EncryptionConfiguration=athena.EncryptionConfiguration(
                        EncryptionOption="SSE_KMS", KmsKey=GetAtt(key, "Arn")
                    ),
                ),
            ),
        )
    )


def add_views(template: Template, database: glue.Database, workgroup: athena.WorkGroup) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-namedquery.html

    CloudFormation cannot create views, so the deployment runs these queries, dependencies first.
    """
    for path in sorted(VIEWS.glob("*.sql")):
        template.add_resource(
            athena.NamedQuery(
                f"{path.stem.title().replace('_', '')}View",
                Name=Sub(f"${{AWS::StackName}} {path.stem}"),
                Database=Ref(database),
                WorkGroup=Ref(workgroup),
                QueryString=f"CREATE OR REPLACE VIEW {path.stem} AS\n{path.read_text(encoding='utf-8')}",
            )
        )
