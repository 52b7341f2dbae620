"""The lake stack: its parameters, resources and outputs."""

from troposphere import GetAtt, Ref, Template

from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.lake import athena, buckets, catalog, keys, roles
from cloudformation.settings import Settings


def build(settings: Settings) -> Template:
    """Return the template of the lake for one environment."""
    template = start_template(settings, "the lake and its catalog")

    lake_key = keys.add_lake_key(template, settings)
    bronze_key = keys.add_bronze_key(template, settings)

    logs = add_parameter(template, "LogBucketName", "Bucket of access logs")
    bronze = buckets.add_zone_bucket(
        template, settings, "bronze", bronze_key, logs, buckets.BRONZE_TRANSITIONS
    )
    silver = buckets.add_zone_bucket(template, settings, "silver", lake_key, logs, buckets.SILVER_TRANSITIONS)
    gold = buckets.add_zone_bucket(template, settings, "gold", lake_key, logs)
    results = buckets.add_result_bucket(template, settings, lake_key, logs)

    database = catalog.add_database(template)
    catalog.add_tables(template, database, {"bronze": bronze, "silver": silver, "gold": gold})
    workgroup = athena.add_workgroup(template, settings, results, lake_key)
    restore = roles.add_restore_role(template, settings, bronze, bronze_key)
    analyst = roles.add_analyst_role(template, [silver, gold], results, lake_key)

    finish_template(template, settings)

    add_output(template, "BronzeBucketName", Ref(bronze), "Bucket of the Bronze zone")
    add_output(template, "SilverBucketName", Ref(silver), "Bucket of the Silver zone")
    add_output(template, "GoldBucketName", Ref(gold), "Bucket of the Gold zone")
    add_output(template, "ResultBucketName", Ref(results), "Bucket of Athena results")
    add_output(template, "LakeKeyArn", GetAtt(lake_key, "Arn"), "Key of Silver, Gold and Athena results")
    add_output(template, "BronzeKeyArn", GetAtt(bronze_key, "Arn"), "Key of Bronze")
    add_output(
        template,
        "BronzeRolePath",
        settings.bronze_role_path,
        "IAM path of the roles that can use the key of Bronze",
    )
    add_output(template, "RestoreRoleArn", GetAtt(restore, "Arn"), "Role that restores the database")
    add_output(template, "AnalystRoleArn", GetAtt(analyst, "Arn"), "Role that queries Silver and Gold")
    add_output(template, "DatabaseName", Ref(database), "Glue database")
    add_output(template, "WorkgroupName", Ref(workgroup), "Athena workgroup")
    return template
