"""The views of the lake, created in Athena from the saved queries of the stack `views`."""

import re
import time
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from cloudformation.errors import DeployError

POLLS, POLL_SECONDS = 600, 0.5
_COMMENT = re.compile(r"--[^\n]*")


def create_views(athena: Any, statements: Mapping[str, str], database: str, workgroup: str) -> list[str]:
    """Create or replace every view in the order of dependencies; return the names of the views.

    https://docs.aws.amazon.com/athena/latest/ug/create-view.html

    Call this function after every update: when a table has changed, its views are stale until they are
    created again. Athena does not charge for the creation of views. Raises DeployError with Athena's reason.
    """
    words = {name: set(re.findall(r"\w+", _COMMENT.sub("", sql))) for name, sql in statements.items()}
    graph = {name: words[name] & statements.keys() - {name} for name in statements}
    order = list(TopologicalSorter(graph).static_order())
    for name in order:
        started = athena.start_query_execution(
            QueryString=statements[name], QueryExecutionContext={"Database": database}, WorkGroup=workgroup
        )
        _wait(athena, name, started["QueryExecutionId"])
    return order


def saved_statements(template: Mapping[str, Any]) -> dict[str, str]:
    """Return the SQL of each saved query in a template, by the name of the view that the query creates."""
    queries = [
        each["Properties"]["QueryString"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Athena::NamedQuery"
    ]
    # The words of a statement are CREATE OR REPLACE VIEW name AS …
    return {sql.split()[4]: sql for sql in queries}


def _wait(athena: Any, name: str, execution: str) -> None:
    for _ in range(POLLS):
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] not in ("QUEUED", "RUNNING"):
            reason = status.get("StateChangeReason", status["State"].lower())
            raise DeployError(f"Athena did not create the view {name}: {reason}")
        time.sleep(POLL_SECONDS)
    raise DeployError(f"Athena did not finish the view {name} in time. Run the command again later.")
