"""The Glue database and the Athena workgroup in the template of the lake."""

from tests.cloudformation.rules.core import Json


def test_database_is_named_after_its_stack(resources: Json) -> None:
    name = {"Fn::Join": ["_", {"Fn::Split": ["-", {"Ref": "AWS::StackName"}]}]}

    assert resources["Database"]["Properties"]["DatabaseInput"]["Name"] == name


def test_workgroup_results_are_encrypted(resources: Json) -> None:
    results = resources["Workgroup"]["Properties"]["WorkGroupConfiguration"]["ResultConfiguration"]

    assert results == {
        "OutputLocation": {"Fn::Sub": "s3://${ResultBucket}/"},
        "ExpectedBucketOwner": {"Ref": "AWS::AccountId"},
        "EncryptionConfiguration": {
            "EncryptionOption": "SSE_KMS",
            "KmsKey": {"Fn::GetAtt": ["LakeKey", "Arn"]},
        },
    }
