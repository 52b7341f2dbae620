"""The views of the lake, created in Athena from the saved queries of the stack `views`."""

import re
import time
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cloudformation.errors import DeployError

POLLS, POLL_SECONDS = 600, 0.5
_CREATE = re.compile(r"\s*CREATE\s+OR\s+REPLACE\s+VIEW\s+(\w+)\s+AS\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")


def create_views(
    athena: Any,
    statements: list[str],
    database: str,
    workgroup: str,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Create or replace every view in the order of dependencies; return the names of the views.

    https://docs.aws.amazon.com/athena/latest/ug/create-view.html

    Call this function after every update: when a table has changed, its views are stale until they are
    created again. Athena does not charge for the creation of views. Raises DeployError with Athena's reason.
    """
    views = {_name(statement): statement for statement in statements}
    references = {name: set(re.findall(r"\w+", _COMMENT.sub("", text))) for name, text in views.items()}
    graph = {name: words & views.keys() - {name} for name, words in references.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise DeployError(f"These views depend on each other: {' -> '.join(error.args[1])}") from None
    for name in order:
        started = athena.start_query_execution(
            QueryString=views[name], QueryExecutionContext={"Database": database}, WorkGroup=workgroup
        )
        _wait(athena, name, started["QueryExecutionId"], sleep)
    return order


def saved_statements(template: Mapping[str, Any]) -> list[str]:
    """Return the SQL statements of the saved queries in a template."""
    return [
        each["Properties"]["QueryString"]
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Athena::NamedQuery"
    ]


def _name(statement: str) -> str:
    match = _CREATE.match(statement)
    if not match:
        raise DeployError(f"This saved query does not create a view: {statement[:60]!r}")
    return match[1]


def _wait(athena: Any, name: str, execution: str, sleep: Callable[[float], None]) -> None:
    for _ in range(POLLS):
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] not in ("QUEUED", "RUNNING"):
            reason = status.get("StateChangeReason", status["State"].lower())
            raise DeployError(f"Athena did not create the view {name}: {reason}")
        sleep(POLL_SECONDS)
    raise DeployError(f"Athena did not finish the view {name} in time. Run the command again later.")
