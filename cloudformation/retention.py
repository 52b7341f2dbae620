"""What becomes of stateful resources when CloudFormation replaces or deletes them."""

from troposphere import Template

from cloudformation.settings import Settings

STATEFUL = frozenset(
    {
        "AWS::Glue::Database",
        "AWS::Glue::Table",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
# Under which the database lies, and whatever snapshot it leaves.
SNAPSHOT_KEY = "StoreKey"


def keep_state(template: Template, settings: Settings) -> None:
    """Let no replacement destroy data; a deleted stack takes its resources with it.

    Deleting is safe without Retain: S3 refuses to drop a bucket that still holds a version of anything, the
    key of a bucket goes after the bucket, with days in which that can be undone, and where it matters the
    database leaves a snapshot. Its key stays then: nobody could read the snapshot without it. One whose
    creation fails goes at once.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
    """
    for resource in template.resources.values():
        if resource.resource_type in STATEFUL:
            resource.DeletionPolicy = "Delete"
            resource.UpdateReplacePolicy = "Retain"
        elif resource.resource_type == "AWS::DocDB::DBCluster":
            resource.DeletionPolicy = "Snapshot" if settings.final_snapshot else "Delete"
            resource.UpdateReplacePolicy = "Snapshot"
        elif resource.resource_type == "AWS::DocDB::DBInstance":
            # What an instance serves lies in its cluster.
            resource.DeletionPolicy = resource.UpdateReplacePolicy = "Delete"
    if settings.final_snapshot and SNAPSHOT_KEY in template.resources:
        template.resources[SNAPSHOT_KEY].DeletionPolicy = "RetainExceptOnCreate"
