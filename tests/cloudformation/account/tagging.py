"""The Resource Groups Tagging API, answered from what exists in the account.

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from tests.cloudformation.account import identity
from tests.cloudformation.account.stack_calls import pairs
from tests.cloudformation.account.state import Resource
from tests.cloudformation.account.wire import page
from tests.cloudformation.account.world import World
from tests.cloudformation.rules import Json

# Types that have tags of which this API knows nothing.
UNSEEN = ("AWS::IAM::Role",)


def get_resources(world: World, asked: Json) -> Json:
    """List what carries all the tags asked for, stacks too, and deleted keys until they are gone for good."""
    rows = [_row(each) for each in [*world.existing, *world.dying] if _seen(each.kind, each.tags, asked)]
    for stack in world.known:
        if not stack.deleted and _seen("AWS::CloudFormation::Stack", stack.request.tags, asked):
            rows.append({"ResourceARN": stack.arn, "Tags": pairs(stack.request.tags)})
    found, more = page(rows, asked.get("PaginationToken") or None, world.page)
    return {"ResourceTagMappingList": found, "PaginationToken": more.get("NextToken", "")}


def _row(resource: Resource) -> Json:
    return {"ResourceARN": identity.arn(resource).removesuffix(":*"), "Tags": pairs(resource.tags)}


def _seen(kind: str, tags: dict[str, str], asked: Json) -> bool:
    service = kind.split("::")[1].lower()
    services = [each.split(":")[0] for each in asked.get("ResourceTypeFilters", [])]
    if not tags or kind in UNSEEN or (services and service not in services):
        return False
    return all(
        wanted["Key"] in tags and (not wanted.get("Values") or tags[wanted["Key"]] in wanted["Values"])
        for wanted in asked.get("TagFilters", [])
    )


CALLS = {"get_resources": get_resources}
