"""A stack's template: its parameters and outputs, and the tags and deletion policies of its resources."""

from typing import Any

from troposphere import Equals, Not, Output, Parameter, Ref, Tags, Template

from cloudformation.settings import Settings

# The resource types that contain data. Keys are among them, because data cannot be read without its key.
STATEFUL_TYPES = frozenset(
    {
        "AWS::Glue::Database",
        "AWS::Glue::Table",
        "AWS::KMS::Key",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
# The logical id of the key that encrypts the database and its final snapshot.
SNAPSHOT_KEY = "StoreKey"


def start_template(settings: Settings, contents: str) -> Template:
    """Return a template without resources; its description names the environment and the contents."""
    template = Template(Description=f"Todo insights, {settings.environment}: {contents}")
    template.set_version("2010-09-09")
    return template


def add_parameter(template: Template, name: str, description: str) -> Ref:
    """Add a required parameter and return a reference to it.

    The value of the parameter is the output of the same name of an earlier stack, or a value that the
    deployment supplies. The parameter has no default, so that a missing value stops the deployment before any
    resource changes.
    """
    return Ref(template.add_parameter(Parameter(name, Type="String", Description=description)))


def add_optional_parameter(
    template: Template, name: str, description: str, pattern: str, rule: str, condition: str = ""
) -> Ref:
    """Add a parameter that is empty or matches the pattern; `rule` is the error message for other values.

    If `condition` is a name, a condition of this name is added, which is true if the parameter has a value.
    """
    parameter = template.add_parameter(
        Parameter(
            name,
            Type="String",
            Default="",
            Description=description,
            AllowedPattern=f"({pattern})?",
            ConstraintDescription=rule,
        )
    )
    if condition:
        template.add_condition(condition, Not(Equals(Ref(parameter), "")))
    return Ref(parameter)


def add_output(template: Template, name: str, value: Any, description: str) -> None:
    """Add an output that later stacks take as a parameter of the same name.

    The output is not exported, because CloudFormation refuses to change an export while another stack imports
    it.
    """
    template.add_output(Output(name, Value=value, Description=description))


def finish_template(template: Template, settings: Settings) -> None:
    """Set the tags and deletion policies of all resources; call this after the last resource is added."""
    _set_tags(template, settings.tags)
    _set_deletion_policies(template, settings)


def _set_tags(template: Template, tags: dict[str, str]) -> None:
    """Set the tags on every resource whose type supports tags."""
    for resource in template.resources.values():
        for name in ("Tags", "ResourceTags"):
            if name in resource.props:
                setattr(resource, name, _format_tags(tags, resource.props[name][0]))


def _format_tags(tags: dict[str, str], expected_type: Any) -> Any:
    """Return the tags in the form of the resource type: a map (MWAA), tag objects (Budgets), or `Tags`."""
    if expected_type is dict:
        return tags
    if isinstance(expected_type, list):
        return [expected_type[0](Key=key, Value=value) for key, value in tags.items()]
    return Tags(tags)


def _set_deletion_policies(template: Template, settings: Settings) -> None:
    """Make CloudFormation keep replaced resources with data, and delete all resources with their stack.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html

    The deletion policy `Retain` is not needed to protect data. S3 refuses to delete a bucket that still
    contains an object version, and the deletion of a key can be cancelled for days. `Settings` defines
    whether a deleted database leaves a final snapshot. A snapshot cannot be read without its key. So if there
    will be a final snapshot, the key is retained, unless the creation of the key failed. CloudFormation
    deletes secrets at once. So in an environment with a final snapshot, secrets are retained, and
    cloudformation/deploy/deletion.py deletes them with a recovery window. A secret with a fixed name is not
    retained, because the next deployment could not create a secret with the same name; the deployment creates
    the content of such a secret again.
    """
    for resource in template.resources.values():
        if resource.resource_type in STATEFUL_TYPES:
            resource.DeletionPolicy = "Delete"
            if resource.resource_type == "AWS::SecretsManager::Secret" and "Name" not in resource.properties:
                resource.DeletionPolicy = "RetainExceptOnCreate" if settings.final_snapshot else "Delete"
            resource.UpdateReplacePolicy = "Retain"
        elif resource.resource_type == "AWS::DocDB::DBCluster":
            resource.DeletionPolicy = "Snapshot" if settings.final_snapshot else "Delete"
            resource.UpdateReplacePolicy = "Snapshot"
        elif resource.resource_type == "AWS::DocDB::DBInstance":
            # DocumentDB stores the data in the cluster, not in an instance.
            resource.DeletionPolicy = resource.UpdateReplacePolicy = "Delete"
    if settings.final_snapshot and SNAPSHOT_KEY in template.resources:
        template.resources[SNAPSHOT_KEY].DeletionPolicy = "RetainExceptOnCreate"
