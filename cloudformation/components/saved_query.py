"""Saved queries of Athena."""

from troposphere import Ref, Sub, Template, athena


def add_saved_query(
    template: Template, title: str, name: str, sql: str, description: str, database: Ref, workgroup: Ref
) -> athena.NamedQuery:
    """Add a saved query of Athena.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-athena-namedquery.html

    The name of the query begins with the name of the workgroup, because Athena shows all saved queries of an
    account in one list.
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
