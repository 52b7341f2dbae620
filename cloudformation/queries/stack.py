"""The stack of the query library; it is a separate stack, as a template may have at most 51,200 bytes."""

from pathlib import Path

from troposphere import Ref, Template

from cloudformation.components.saved_query import add_saved_query
from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.settings import Settings

LIBRARY = Path(__file__).parents[2] / "docs" / "athena"


def build(settings: Settings) -> Template:
    """Return the template of the library; the description of a query is the question that it answers."""
    template = start_template(settings, "the query library")
    database = add_parameter(template, "DatabaseName", "Glue database of the lake")
    workgroup = add_parameter(template, "WorkgroupName", "Athena workgroup of the lake")
    for path in sorted(LIBRARY.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        title = f"{path.stem.title().replace('_', '')}Query"
        question = sql.partition("\n")[0].removeprefix("-- ")
        add_saved_query(template, title, path.stem, sql, question, database, workgroup)
    finish_template(template, settings)
    kpis = template.resources["BusinessKpisQuery"]
    add_output(template, "BusinessKpisQueryId", Ref(kpis), "Id of the saved query business_kpis")
    return template
