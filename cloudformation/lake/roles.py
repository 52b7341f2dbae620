"""Two roles for people: one to restore the database from Bronze, and one to analyse Silver and Gold."""

from collections.abc import Sequence
from typing import Any

from awacs import athena, glue, s3, sts
from awacs.aws import Allow, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Sub, Template, iam, kms
from troposphere.s3 import Bucket

from cloudformation.components.policies import USE_KEY, account_root, allow, document
from cloudformation.settings import Settings


def add_restore_role(template: Template, settings: Settings, bronze: Bucket, key: kms.Key) -> iam.Role:
    """Add the role for operators who restore the database from Bronze.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html

    `flask changes rebuild --from-lake` uses the role to read Bronze. The role has the IAM path that the
    policy of the Bronze key allows.
    """
    policy = document(
        allow("ListBronze", [s3.GetBucketLocation, s3.ListBucket], [GetAtt(bronze, "Arn")]),
        allow("ReadBronze", [s3.GetObject], _objects([bronze])),
        allow("UseBronzeKey", USE_KEY, [GetAtt(key, "Arn")]),
    )
    return _add_role(template, "RestoreRole", policy, Path=settings.bronze_role_path)


def add_analyst_role(template: Template, zones: Sequence[Bucket], results: Bucket, key: kms.Key) -> iam.Role:
    """Add the role for analysts who query Silver and Gold.

    https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html

    The role queries Silver and Gold in the workgroup. It cannot read Bronze or use the key of Bronze.
    """
    catalog = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}"
    workgroup = "arn:${AWS::Partition}:athena:${AWS::Region}:${AWS::AccountId}:workgroup/${Workgroup}"
    policy = document(
        allow(
            "Query",
            [
                athena.GetQueryExecution,
                athena.GetQueryResults,
                athena.GetWorkGroup,
                athena.StartQueryExecution,
                athena.StopQueryExecution,
            ],
            [Sub(workgroup)],
        ),
        allow(
            "ReadCatalog",
            [glue.GetDatabase, glue.GetPartitions, glue.GetTable, glue.GetTables],
            [
                Sub(f"{catalog}:catalog"),
                Sub(f"{catalog}:database/${{Database}}"),
                Sub(f"{catalog}:table/${{Database}}/*"),
            ],
        ),
        allow("ListZones", [s3.GetBucketLocation, s3.ListBucket], [_arn(each) for each in (*zones, results)]),
        allow("ReadZones", [s3.GetObject], _objects(zones)),
        allow("WriteResults", [s3.AbortMultipartUpload, s3.GetObject, s3.PutObject], _objects([results])),
        allow("UseLakeKey", USE_KEY, [GetAtt(key, "Arn")]),
    )
    return _add_role(template, "AnalystRole", policy)


def _add_role(template: Template, title: str, policy: PolicyDocument, **optional: Any) -> iam.Role:
    """Add a role that principals of this account may assume if their own policies allow it."""
    people = Principal("AWS", account_root())
    trust = document(Statement(Sid="AssumeByPeople", Effect=Allow, Principal=people, Action=[sts.AssumeRole]))
    return template.add_resource(
        iam.Role(
            title,
            AssumeRolePolicyDocument=trust,
            Policies=[iam.Policy(PolicyName="lake", PolicyDocument=policy)],
            **optional,
        )
    )


def _arn(bucket: Bucket) -> GetAtt:
    return GetAtt(bucket, "Arn")


def _objects(buckets: Sequence[Bucket]) -> list[Sub]:
    return [Sub(f"${{{bucket.title}.Arn}}/*") for bucket in buckets]
