"""Rules for the lake: Athena can read the files of the pipeline, and the size of queries is limited."""

from collections.abc import Iterator

from tests.cloudformation.rules.core import Json, Rule, of_type
from todo_insights.catalog.glue_partitions import glue_columns
from todo_insights.lake.schema import BY_NAME
from todo_insights.sql.athena import views

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
SMALLEST_CUTOFF = 10_000_000


def _tables(template: Json) -> Iterator[tuple[str, Json]]:
    for table in of_type(template, "AWS::Glue::Table").values():
        yield table["TableInput"]["Name"], table["TableInput"]


def mismatched_columns(template: Json) -> list[str]:
    """List tables whose columns differ from the columns of the pipeline in name, type or order."""
    return [
        name
        for name, table in _tables(template)
        if name not in BY_NAME or _without_comments(table) != glue_columns(BY_NAME[name])
    ]


def _without_comments(table: Json) -> list[Json]:
    """Return the columns without their comments; tests/cloudformation/lake checks the comments."""
    return [{"Name": each["Name"], "Type": each["Type"]} for each in table["StorageDescriptor"]["Columns"]]


def mismatched_partitions(template: Json) -> list[str]:
    """List tables whose partition columns differ from the pipeline's, or that use partition projection."""
    return [
        name
        for name, table in _tables(template)
        if name not in BY_NAME
        or tuple(each["Name"] for each in table["PartitionKeys"]) != BY_NAME[name].partitioned_by
        or {each["Type"] for each in table["PartitionKeys"]} != {"string"}
        or any(key.startswith(("projection", "storage.location")) for key in table["Parameters"])
    ]


def unreadable_files(template: Json) -> list[str]:
    """List tables whose format settings do not make Athena read their files as Parquet."""
    return [
        name
        for name, table in _tables(template)
        if any(table["StorageDescriptor"].get(key) != value for key, value in PARQUET.items())
        or table.get("TableType") != "EXTERNAL_TABLE"
    ]


def misplaced_tables(template: Json) -> list[str]:
    """List tables whose location is not the folder to which the pipeline writes."""
    findings = []
    for name, table in _tables(template):
        zone, _, folder = name.partition("_")
        if table["StorageDescriptor"]["Location"] != {"Fn::Sub": f"s3://${{{zone.title()}Bucket}}/{folder}/"}:
            findings.append(name)
    return findings


def missing_tables(template: Json) -> list[str]:
    """List tables of the pipeline that are missing in a template with a Glue database."""
    if not of_type(template, "AWS::Glue::Database"):
        return []
    return sorted(BY_NAME.keys() - {name for name, _ in _tables(template)})


def unlimited_workgroups(template: Json) -> list[str]:
    """List workgroups without limits, and workgroups whose limits a client can override."""
    findings = []
    for name, workgroup in of_type(template, "AWS::Athena::WorkGroup").items():
        limits = workgroup["WorkGroupConfiguration"]
        encryption = limits.get("ResultConfiguration", {}).get("EncryptionConfiguration", {})
        if (
            limits.get("EnforceWorkGroupConfiguration") is not True
            or limits.get("PublishCloudWatchMetricsEnabled") is not True
            or limits.get("BytesScannedCutoffPerQuery", 0) < SMALLEST_CUTOFF
            or encryption.get("EncryptionOption") != "SSE_KMS"
        ):
            findings.append(name)
    return findings


def mismatched_views(template: Json) -> list[str]:
    """List saved queries that differ from the pipeline's views, and views without a saved query."""
    if "the views of the lake" not in template["Description"]:
        return []
    saved = {
        str(query.get("Name", {}).get("Fn::Sub")).removeprefix("${WorkgroupName} "): query.get("QueryString")
        for query in of_type(template, "AWS::Athena::NamedQuery").values()
    }
    wanted = {name: f"CREATE OR REPLACE VIEW {name} AS\n{sql}" for name, sql in views().items()}
    return sorted(name for name in saved.keys() | wanted if saved.get(name) != wanted.get(name))


RULES: list[Rule] = [
    mismatched_columns,
    mismatched_partitions,
    unreadable_files,
    misplaced_tables,
    missing_tables,
    mismatched_views,
    unlimited_workgroups,
]
