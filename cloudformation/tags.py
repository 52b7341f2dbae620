"""The one place where resources get their tags."""

from troposphere import Tags, Template

from cloudformation.settings import Settings


def tag_everything(template: Template, settings: Settings) -> None:
    """Put the four tags on every resource that CloudFormation can tag, in the shape its type asks for.

    Most take a list, some (MWAA) a map, and Budgets calls the list by another name.
    """
    for resource in template.resources.values():
        for name in ("Tags", "ResourceTags"):
            if name in resource.props:
                kind = resource.props[name][0]
                setattr(resource, name, settings.tags if kind is dict else Tags(settings.tags))
