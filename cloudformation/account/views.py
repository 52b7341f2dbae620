"""The views of the lake, made by Athena from the queries that the lake's stack saved."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from cloudformation.errors import DeployError

POLLS = 600
POLL_SECONDS = 0.5
CREATES = re.compile(r"\s*CREATE\s+OR\s+REPLACE\s+VIEW\s+(\w+)\s+AS\b", re.IGNORECASE)
COMMENT = re.compile(r"--[^\n]*")
WORD = re.compile(r"\w+")
NAMED_QUERY = "AWS::Athena::NamedQuery"
RUNNING = ("QUEUED", "RUNNING")


@dataclass(frozen=True)
class View:
    """A view and the statement that makes it, or makes it anew."""

    name: str
    statement: str
    database: str
    workgroup: str

    @property
    def words(self) -> frozenset[str]:
        """Return every word of the statement, whatever the comments talk about."""
        return frozenset(WORD.findall(COMMENT.sub("", self.statement)))


def create_views(
    athena: Any,
    template: Mapping[str, Any],
    resources: Mapping[str, str],
    report: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Make every view of the lake's template, those first that others read; `report` hears each name.

    https://docs.aws.amazon.com/athena/latest/ug/create-view.html

    `resources` gives the physical ids of the stack by logical id. It runs every time: Athena charges nothing
    for it, and a view that stands on a changed table is stale until it is made anew. Raises DeployError with
    Athena's reason.
    """
    views = {view.name: view for view in _views(template, resources)}
    order = TopologicalSorter({name: view.words & views.keys() - {name} for name, view in views.items()})
    try:
        order.prepare()
    except CycleError as error:
        raise DeployError(f"These views read each other in a circle: {' -> '.join(error.args[1])}") from None
    while order.is_active():
        ready = sorted(order.get_ready())
        started = {name: _start(athena, views[name]) for name in ready}
        for name, execution in started.items():
            _wait(athena, name, execution, sleep)
            report(name)
        order.done(*ready)


def _views(template: Mapping[str, Any], resources: Mapping[str, str]) -> list[View]:
    saved = [each for each in template["Resources"].values() if each["Type"] == NAMED_QUERY]
    return [_view(each["Properties"], resources) for each in saved]


def _view(query: Mapping[str, Any], resources: Mapping[str, str]) -> View:
    statement = query["QueryString"]
    creates = CREATES.match(statement)
    if not creates:
        raise DeployError(f"This saved query makes no view, so nobody would run it: {statement[:60]!r}")
    return View(
        name=creates[1],
        statement=statement,
        database=resources[query["Database"]["Ref"]],
        workgroup=resources[query["WorkGroup"]["Ref"]],
    )


def _start(athena: Any, view: View) -> str:
    started = athena.start_query_execution(
        QueryString=view.statement,
        QueryExecutionContext={"Database": view.database},
        WorkGroup=view.workgroup,
    )
    return str(started["QueryExecutionId"])


def _wait(athena: Any, name: str, execution: str, sleep: Callable[[float], None]) -> None:
    for _ in range(POLLS):
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] not in RUNNING:
            reason = status.get("StateChangeReason", status["State"].lower())
            raise DeployError(f"Athena did not make the view {name}: {reason}")
        sleep(POLL_SECONDS)
    raise DeployError(
        f"Athena is still busy with the view {name} after {POLLS * POLL_SECONDS:.0f} seconds. "
        "Run the command again later."
    )
