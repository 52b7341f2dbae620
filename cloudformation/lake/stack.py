"""The lake stack from its first resource to its outputs."""

from typing import Any

from troposphere import GetAtt, Output, Ref, Template

from cloudformation.lake import athena, buckets, catalog, keys, lifecycle
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything


def build(settings: Settings) -> Template:
    """Return the template of the lake for one environment; it needs no parameters."""
    template = Template(Description=f"Todo insights, {settings.environment}: the lake and its catalog")
    template.set_version("2010-09-09")

    lake_key = keys.add_lake_key(template, settings)
    bronze_key = keys.add_bronze_key(template, settings)

    logs = buckets.add_access_log_bucket(template, settings)
    bronze = buckets.add_zone_bucket(template, settings, "bronze", bronze_key, logs, lifecycle.BRONZE_MOVES)
    silver = buckets.add_zone_bucket(template, settings, "silver", lake_key, logs, lifecycle.SILVER_MOVES)
    gold = buckets.add_zone_bucket(template, settings, "gold", lake_key, logs, lifecycle.GOLD_MOVES)
    results = buckets.add_result_bucket(template, settings, lake_key, logs)
    buckets.add_access_log_policy(template, logs, [bronze, silver, gold, results])

    database = catalog.add_database(template)
    catalog.add_tables(template, database, {"bronze": bronze, "silver": silver, "gold": gold})
    workgroup = athena.add_workgroup(template, settings, results, lake_key)

    tag_everything(template, settings)
    keep_state(template)

    _add_output(template, "BronzeBucketName", Ref(bronze), "Bucket of the Bronze zone")
    _add_output(template, "SilverBucketName", Ref(silver), "Bucket of the Silver zone")
    _add_output(template, "GoldBucketName", Ref(gold), "Bucket of the Gold zone")
    _add_output(template, "ResultBucketName", Ref(results), "Bucket of Athena results")
    _add_output(template, "AccessLogBucketName", Ref(logs), "Bucket of S3 access logs")
    _add_output(template, "LakeKeyArn", GetAtt(lake_key, "Arn"), "Key of Silver, Gold and Athena results")
    _add_output(template, "BronzeKeyArn", GetAtt(bronze_key, "Arn"), "Key of Bronze")
    _add_output(template, "BronzeRolePath", settings.bronze_role_path, "IAM path of roles that may use it")
    _add_output(template, "DatabaseName", Ref(database), "Glue database")
    _add_output(template, "WorkgroupName", Ref(workgroup), "Athena workgroup")
    return template


def _add_output(template: Template, name: str, value: Any, description: str) -> None:
    # Without Export: an export locks its producer, so later stacks get the value as a parameter.
    template.add_output(Output(name, Value=value, Description=description))
