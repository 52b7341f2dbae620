"""The lake stack from its first resource to its outputs."""

from troposphere import GetAtt, Ref, Template

from cloudformation.lake import athena, buckets, catalog, keys, lifecycle
from cloudformation.parts.wiring import need, offer, start_template
from cloudformation.retention import keep_state
from cloudformation.settings import Settings
from cloudformation.tags import tag_everything


def build(settings: Settings) -> Template:
    """Return the template of the lake for one environment."""
    template = start_template(settings, "the lake and its catalog")

    lake_key = keys.add_lake_key(template, settings)
    bronze_key = keys.add_bronze_key(template, settings)

    logs = need(template, "LogBucketName", "Bucket of access logs")
    bronze = buckets.add_zone_bucket(template, settings, "bronze", bronze_key, logs, lifecycle.BRONZE_MOVES)
    silver = buckets.add_zone_bucket(template, settings, "silver", lake_key, logs, lifecycle.SILVER_MOVES)
    gold = buckets.add_zone_bucket(template, settings, "gold", lake_key, logs, lifecycle.GOLD_MOVES)
    results = buckets.add_result_bucket(template, settings, lake_key, logs)

    database = catalog.add_database(template)
    catalog.add_tables(template, database, {"bronze": bronze, "silver": silver, "gold": gold})
    workgroup = athena.add_workgroup(template, settings, results, lake_key)
    athena.add_views(template, database, workgroup)

    tag_everything(template, settings)
    keep_state(template, settings)

    offer(template, "BronzeBucketName", Ref(bronze), "Bucket of the Bronze zone")
    offer(template, "SilverBucketName", Ref(silver), "Bucket of the Silver zone")
    offer(template, "GoldBucketName", Ref(gold), "Bucket of the Gold zone")
    offer(template, "ResultBucketName", Ref(results), "Bucket of Athena results")
    offer(template, "LakeKeyArn", GetAtt(lake_key, "Arn"), "Key of Silver, Gold and Athena results")
    offer(template, "BronzeKeyArn", GetAtt(bronze_key, "Arn"), "Key of Bronze")
    offer(template, "BronzeRolePath", settings.bronze_role_path, "IAM path of roles that may use it")
    offer(template, "DatabaseName", Ref(database), "Glue database")
    offer(template, "WorkgroupName", Ref(workgroup), "Athena workgroup")
    return template
