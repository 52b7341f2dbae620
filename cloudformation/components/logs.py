"""Log groups with a key and a retention; a log group that a service creates itself has neither."""

from typing import Any

from troposphere import Template, logs

from cloudformation.settings import Settings


def add_log_group(
    template: Template, settings: Settings, title: str, key_arn: Any, name: Any = None
) -> logs.LogGroup:
    """Add an encrypted log group with a retention.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html

    Pass a `name` if the service requires a fixed name; otherwise CloudFormation generates the name.
    """
    optional = {} if name is None else {"LogGroupName": name}
    return template.add_resource(
        logs.LogGroup(title, KmsKeyId=key_arn, RetentionInDays=settings.log_days, **optional)
    )
