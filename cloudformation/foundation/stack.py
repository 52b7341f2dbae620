"""The foundation stack from its first resource to its outputs."""

from troposphere import GetAtt, Ref, Template

from cloudformation.foundation import alerts, keys, policies, secrets
from cloudformation.foundation.buckets import add_log_bucket
from cloudformation.parts.buckets import add_encrypted_bucket, add_policy
from cloudformation.parts.lifecycle import keeping_rules
from cloudformation.parts.wiring import offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything


def build(settings: Settings) -> Template:
    """Return the template of what the other stacks stand on; all it can be told is who gets alerts."""
    template = start_template(settings, "keys, secrets, artefacts and alerts")

    store_key = keys.add_store_key(template, settings)
    signal_key = keys.add_signal_key(template, settings)
    jwt_secret = secrets.add_jwt_secret(template, store_key)
    database_secret = secrets.add_database_secret(template, store_key)

    logs = add_log_bucket(template, settings)
    add_policy(template, logs, policies.log_bucket_policy(logs))
    rules = keeping_rules(settings.noncurrent_days)
    artefacts = add_encrypted_bucket(
        template, "ArtefactBucket", GetAtt(store_key, "Arn"), Ref(logs), "artefacts", rules
    )

    topic = alerts.add_alert_topic(template, signal_key)
    alerts.add_subscription(template, topic)

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "StoreKeyArn", GetAtt(store_key, "Arn"), "Key of secrets, database and artefacts")
    offer(template, "SignalKeyArn", GetAtt(signal_key, "Arn"), "Key of log groups and alerts")
    offer(template, "JwtSecretArn", Ref(jwt_secret), "Secret that signs tokens")
    offer(template, "DatabaseSecretArn", Ref(database_secret), "User and password of the database")
    offer(template, "ArtefactBucketName", Ref(artefacts), "Bucket of bundles, DAGs and requirements")
    offer(template, "ArtefactBucketArn", GetAtt(artefacts, "Arn"), "The same bucket by its ARN")
    offer(template, "LogBucketName", Ref(logs), "Bucket of access logs")
    offer(template, "AlertTopicArn", Ref(topic), "Topic that alarms and budgets publish to")
    return template
