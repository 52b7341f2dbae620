"""The foundation stack: its resources and outputs."""

from troposphere import GetAtt, Ref, Template

from cloudformation.components.template import add_output, finish_template, start_template
from cloudformation.foundation import alerts, buckets, keys, secrets
from cloudformation.settings import Settings


def build(settings: Settings) -> Template:
    """Return the template of one environment; the email address for alerts is its only parameter."""
    template = start_template(settings, "keys, secrets, artefacts and alerts")

    store_key = keys.add_store_key(template, settings)
    logs_key = keys.add_logs_key(template, settings)
    jwt_secret = secrets.add_jwt_secret(template, store_key)
    database_secret = secrets.add_database_secret(template, store_key)

    logs = buckets.add_log_bucket(template, settings)
    artefacts = buckets.add_artefact_bucket(template, settings, store_key, logs)

    topic = alerts.add_alert_topic(template, logs_key)
    alerts.add_subscription(template, topic)

    finish_template(template, settings)

    add_output(template, "StoreKeyArn", GetAtt(store_key, "Arn"), "Key of secrets, database and artefacts")
    add_output(template, "SignalKeyArn", GetAtt(logs_key, "Arn"), "Key of log groups and alerts")
    add_output(template, "JwtSecretArn", Ref(jwt_secret), "Secret that signs tokens")
    add_output(template, "DatabaseSecretArn", Ref(database_secret), "User and password of the database")
    add_output(template, "ArtefactBucketName", Ref(artefacts), "Bucket of bundles, DAGs and requirements")
    add_output(
        template,
        "ArtefactBucketArn",
        GetAtt(artefacts, "Arn"),
        "ARN of the artefact bucket",
    )
    add_output(template, "LogBucketName", Ref(logs), "Bucket of access logs")
    add_output(template, "AlertTopicArn", Ref(topic), "Topic that alarms and budgets publish to")
    return template
