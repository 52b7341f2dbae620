"""The Glue catalog: one database per environment and its tables; the pipeline adds the partitions."""

from collections.abc import Mapping

from troposphere import Join, Ref, Split, Sub, Template, glue
from troposphere.s3 import Bucket

from cloudformation.lake.columns import LakeTable, lake_tables

INPUT_FORMAT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def add_database(template: Template) -> glue.Database:
    """Add the Glue database of the lake.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-database.html

    The database has the name of the stack with underscores, because queries would have to quote a name with
    hyphens.
    """
    return template.add_resource(
        glue.Database(
            "Database",
            CatalogId=Ref("AWS::AccountId"),
            DatabaseInput=glue.DatabaseInput(
                Name=Join("_", Split("-", Ref("AWS::StackName"))),
                Description="Changes and insights of the to-do API, by hour",
            ),
        )
    )


def add_tables(template: Template, database: glue.Database, zones: Mapping[str, Bucket]) -> None:
    """Add every table of the lake; the files of a table are in the bucket of its zone."""
    for name, table in lake_tables().items():
        add_table(template, database, name, table, zones[table.zone])


def add_table(
    template: Template,
    database: glue.Database,
    name: str,
    table: LakeTable,
    bucket: Bucket,
) -> glue.Table:
    """Add a Glue table with its columns and partition keys.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-table.html

    The table has no partition projection. With projection, Athena would compute the locations of partitions,
    and ignore the partitions that the pipeline publishes in the catalog.
    """
    return template.add_resource(
        glue.Table(
            f"{name.title().replace('_', '')}Table",
            CatalogId=Ref("AWS::AccountId"),
            DatabaseName=Ref(database),
            TableInput=glue.TableInput(
                Name=name,
                Description=table.description,
                TableType="EXTERNAL_TABLE",
                Parameters={"EXTERNAL": "TRUE", "classification": "parquet"},
                PartitionKeys=_columns(table.keys, table.comments),
                StorageDescriptor=glue.StorageDescriptor(
                    Columns=_columns(table.columns, table.comments),
                    Location=Sub(f"s3://${{{bucket.title}}}/{table.folder}/"),
                    InputFormat=INPUT_FORMAT,
                    OutputFormat=OUTPUT_FORMAT,
                    SerdeInfo=glue.SerdeInfo(SerializationLibrary=SERDE),
                ),
            ),
        )
    )


def _columns(types: Mapping[str, str], comments: Mapping[str, str]) -> list[glue.Column]:
    return [glue.Column(Name=name, Type=kind, Comment=comments[name]) for name, kind in types.items()]
