"""The topic that alarms and budgets publish to, and who reads it."""

from troposphere import GetAtt, Ref, Template, kms, sns

from cloudformation.foundation import policies
from cloudformation.parts.wiring import may_have


def add_alert_topic(template: Template, key: kms.Key) -> sns.Topic:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html"""
    topic = template.add_resource(sns.Topic("AlertTopic", KmsMasterKeyId=GetAtt(key, "Arn")))
    template.add_resource(
        sns.TopicPolicy(
            "AlertTopicPolicy", Topics=[Ref(topic)], PolicyDocument=policies.alert_topic_policy(Ref(topic))
        )
    )
    return topic


def add_subscription(template: Template, topic: sns.Topic) -> sns.SubscriptionResource:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html

    The address is a parameter, since a repository is no place for one. Its owner confirms it once.
    """
    address = may_have(template, "AlertEmail", "SomebodyGetsAlerts", "Who gets alerts; empty: nobody")
    return template.add_resource(
        sns.SubscriptionResource(
            "AlertSubscription",
            Condition="SomebodyGetsAlerts",
            TopicArn=Ref(topic),
            Protocol="email",
            Endpoint=address,
        )
    )
