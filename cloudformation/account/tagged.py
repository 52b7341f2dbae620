"""What carries the tags of an environment, as AWS lists it: with some that is gone, and without IAM."""

from collections.abc import Callable, Iterator
from typing import Any

from cloudformation.settings import Settings

Client = Callable[[str], Any]


def tagged(client: Client, settings: Settings, *kinds: str) -> Iterator[str]:
    """Give the ARN of everything tagged, or of these kinds alone ("kms:key").

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    filters = [{"Key": key, "Values": [settings.tags[key]]} for key in ("Project", "Environment")]
    narrowed = {"ResourceTypeFilters": list(kinds)} if kinds else {}
    pages = client("resourcegroupstaggingapi").get_paginator("get_resources")
    for page in pages.paginate(TagFilters=filters, **narrowed):
        for resource in page["ResourceTagMappingList"]:
            yield resource["ResourceARN"]
