"""What becomes of stateful resources when CloudFormation replaces or deletes them."""

from troposphere import Template

STATEFUL = frozenset({"AWS::Glue::Database", "AWS::Glue::Table", "AWS::KMS::Key", "AWS::S3::Bucket"})


def keep_state(template: Template) -> None:
    """Let no replacement destroy data; a deleted stack takes its resources with it.

    Deleting is safe without Retain: S3 refuses to drop a bucket that still holds a version of anything, and
    the key of a bucket goes after the bucket, with days in which that can be undone.
    """
    for resource in template.resources.values():
        if resource.resource_type in STATEFUL:
            resource.DeletionPolicy = "Delete"
            resource.UpdateReplacePolicy = "Retain"
