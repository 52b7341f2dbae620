"""The one place where resources get their tags."""

from troposphere import Tags, Template

from cloudformation.settings import Settings


def tag_everything(template: Template, settings: Settings) -> None:
    """Put the four tags on every resource of the template that CloudFormation can tag."""
    for resource in template.resources.values():
        if "Tags" in resource.props:
            resource.Tags = Tags(settings.tags)
