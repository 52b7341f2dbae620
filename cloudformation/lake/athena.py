"""The Athena workgroup: whoever asks, asks within these limits."""

from troposphere import GetAtt, Ref, Sub, Template, athena, kms
from troposphere.s3 import Bucket

from cloudformation.settings import Settings


def add_workgroup(template: Template, settings: Settings, results: Bucket, key: kms.Key) -> athena.WorkGroup:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-workgroup.html

    Enforced, so that no client can choose another place or no encryption for its results.
    """
    return template.add_resource(
        athena.WorkGroup(
            "Workgroup",
            Name=Ref("AWS::StackName"),
            Description="Queries on the lake",
            # Query history and saved queries must not keep the stack from going.
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
