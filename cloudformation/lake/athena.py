"""The Athena workgroup, which limits the bytes that a query may scan."""

from troposphere import GetAtt, Ref, Sub, Template, athena, kms
from troposphere.s3 import Bucket

from cloudformation.settings import Settings


def add_workgroup(template: Template, settings: Settings, results: Bucket, key: kms.Key) -> athena.WorkGroup:
    """Add the Athena workgroup for queries of the lake.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-workgroup.html

    The workgroup enforces its configuration, so that a client cannot choose another location or encryption
    for results.
    """
    return template.add_resource(
        athena.WorkGroup(
            "Workgroup",
            Name=Ref("AWS::StackName"),
            Description="Queries on the lake",
            # Without this option, query history and saved queries would prevent the deletion of the stack.
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
