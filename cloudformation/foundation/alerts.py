"""The SNS topic of alarms and budgets, its policy and its subscription."""

from awacs import sns as actions
from awacs.aws import Allow, Bool, Condition, Deny, PolicyDocument, Principal, Statement
from troposphere import GetAtt, Ref, Template, kms, sns

from cloudformation.components.policies import document, from_this_account
from cloudformation.components.template import add_optional_parameter

# The AWS services that publish alerts to the topic.
PUBLISHERS = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]


def add_alert_topic(template: Template, key: kms.Key) -> sns.Topic:
    """Add the encrypted topic of alerts.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
    """
    topic = template.add_resource(sns.Topic("AlertTopic", KmsMasterKeyId=GetAtt(key, "Arn")))
    template.add_resource(
        sns.TopicPolicy("AlertTopicPolicy", Topics=[Ref(topic)], PolicyDocument=_topic_policy(Ref(topic)))
    )
    return topic


def add_subscription(template: Template, topic: sns.Topic) -> sns.SubscriptionResource:
    """Subscribe the e-mail address for alerts to the topic, if an address is given.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html

    The address is a parameter, because personal data does not belong in a repository. The owner of the
    address must confirm the subscription once.
    """
    address = add_optional_parameter(
        template,
        "AlertEmail",
        "Email address for alerts; empty: none",
        r"[^@\s]+@[^@\s]+\.[^@\s]+",
        "must be an email address, such as alerts@example.com",
        "SomebodyGetsAlerts",
    )
    return template.add_resource(
        sns.SubscriptionResource(
            "AlertSubscription",
            Condition="SomebodyGetsAlerts",
            TopicArn=Ref(topic),
            Protocol="email",
            Endpoint=address,
        )
    )


def _topic_policy(topic_arn: Ref) -> PolicyDocument:
    """Return a policy that lets alarms and budgets of this account publish, and denies plain HTTP."""
    return document(
        Statement(
            Sid="PublishAlerts",
            Effect=Allow,
            Principal=Principal("Service", PUBLISHERS),
            Action=[actions.Publish],
            Resource=[topic_arn],
            Condition=Condition(from_this_account()),
        ),
        Statement(
            Sid="RefusePlainHttp",
            Effect=Deny,
            Principal=Principal("*"),
            Action=[actions.Publish],
            Resource=[topic_arn],
            Condition=Condition(Bool({"aws:SecureTransport": "false"})),
        ),
    )
