"""The one place where resources get their tags."""

from typing import Any

from troposphere import Tags, Template

from cloudformation.settings import Settings


def tag_everything(template: Template, settings: Settings) -> None:
    """Put the four tags on every resource that CloudFormation can tag, in the shape its type asks for."""
    for resource in template.resources.values():
        for name in ("Tags", "ResourceTags"):
            if name in resource.props:
                setattr(resource, name, _shaped(settings.tags, resource.props[name][0]))


def _shaped(tags: dict[str, str], kind: Any) -> Any:
    """Most types take a list, MWAA takes a map, and Budgets a list of a kind of its own."""
    if kind is dict:
        return tags
    if isinstance(kind, list):
        return [kind[0](Key=key, Value=value) for key, value in tags.items()]
    return Tags(tags)
