"""Saved queries of Athena."""

from troposphere import Ref, Sub, Template, athena


def add_saved_query(
    template: Template, title: str, name: str, sql: str, description: str, database: Ref, workgroup: Ref
) -> athena.NamedQuery:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-namedquery.html

    The name begins with that of the workgroup, because Athena lists the queries of an account together.
    """
    return template.add_resource(
        athena.NamedQuery(
            title,
            Name=Sub(f"${{WorkgroupName}} {name}"),
            Description=description,
            Database=database,
            WorkGroup=workgroup,
            QueryString=sql,
        )
    )
