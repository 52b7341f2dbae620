"""Key policies of the lake as pure functions that return awacs documents."""

from awacs.aws import ArnLike, Condition, PolicyDocument
from troposphere import Sub

from cloudformation.parts.policies import ADMINISTER, USE, document, key_statement


def lake_key_policy() -> PolicyDocument:
    """Let IAM policies of this account decide who administers and who uses the key."""
    return document(
        key_statement("AdministerThroughIam", ADMINISTER),
        key_statement("UseThroughIam", USE),
    )


def bronze_key_policy(role_path: str) -> PolicyDocument:
    """Let IAM decide who administers the key, but only roles under `role_path` read or write with it.

    The roles belong to later stacks, so they are named by their IAM path, which unlike a tag cannot be handed
    to a session. Nobody may create grants: a grant would lead around the path.
    """
    roles = Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{role_path}*")
    return document(
        key_statement("AdministerThroughIam", ADMINISTER),
        key_statement("UseByBronzeRoles", USE, Condition(ArnLike({"aws:PrincipalArn": roles}))),
    )
