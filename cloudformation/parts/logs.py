"""Log groups that are there, with key and retention, before anybody writes to them."""

from typing import Any

from troposphere import Template, logs

from cloudformation.settings import Settings


def add_log_group(
    template: Template, settings: Settings, title: str, key_arn: Any, name: Any = None
) -> logs.LogGroup:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html

    `name` is for groups whose writer looks for them by name; without one CloudFormation makes it up.
    """
    named = {} if name is None else {"LogGroupName": name}
    return template.add_resource(
        logs.LogGroup(title, KmsKeyId=key_arn, RetentionInDays=settings.log_days, **named)
    )
