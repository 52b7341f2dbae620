"""The stack of views; it is a separate stack, as a template may have at most 51,200 bytes."""

from pathlib import Path

from troposphere import Ref, Template

from cloudformation.components.saved_query import add_saved_query
from cloudformation.components.template import add_output, add_parameter, finish_template, start_template
from cloudformation.settings import Settings

# SQL files of the pipeline, read as data files: `cloudformation` does not import the pipeline.
VIEWS = Path(__file__).parents[2] / "dags" / "todo_insights" / "sql" / "views"


def statements() -> dict[str, str]:
    """Return the statement that creates each view, by the name of the view."""
    return {
        path.stem: f"CREATE OR REPLACE VIEW {path.stem} AS\n{path.read_text(encoding='utf-8')}"
        for path in sorted(VIEWS.glob("*.sql"))
    }


def build(settings: Settings) -> Template:
    """Return the template of the views for one environment.

    CloudFormation cannot create views, so the deployment runs these statements in their order.
    """
    template = start_template(settings, "the views of the lake")
    database = add_parameter(template, "DatabaseName", "Glue database of the lake")
    workgroup = add_parameter(template, "WorkgroupName", "Athena workgroup of the lake")
    for name, sql in statements().items():
        title = f"{name.title().replace('_', '')}View"
        add_saved_query(template, title, name, sql, "Creates this view.", database, workgroup)
    finish_template(template, settings)
    kpis = template.resources["BusinessMetricsKpisView"]
    add_output(template, "BusinessMetricsKpisViewId", Ref(kpis), "Id of the query that creates this view")
    return template
