"""What CloudFormation has no resource for: the views of the lake, and Airflow's pools."""

import re
import time
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

from cloudformation.errors import DeployError
from cloudformation.settings import Settings

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


def wanted_pools(settings: Settings) -> list[dict[str, Any]]:
    """Return the pools in the options [todo] publish_pool and slice_pool, as Airflow's API expects them.

    Publishing tasks run one at a time. The number of slices that are read at once is limited, because each
    slice keeps a database cursor open.
    """
    publish, slices = "Tasks that publish to the lake", "Tasks that read a slice of the change log"
    return [
        {"name": "todo_publish", "slots": 1, "description": publish},
        {"name": "todo_slices", "slots": settings.slice_slots, "description": slices},
    ]


def create_pools(mwaa: Any, environment: str, settings: Settings) -> str:
    """Create the pools, or change existing pools; return a sentence about them.

    https://docs.aws.amazon.com/mwaa/latest/userguide/access-mwaa-apache-airflow-rest-api.html
    https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html#operation/bulk_pools

    Raises DeployError if Airflow refuses the request, because tasks would wait forever for a missing pool.
    """
    pools = wanted_pools(settings)
    create = {"action": "create", "action_on_existence": "overwrite", "entities": pools}
    try:
        answer = mwaa.invoke_rest_api(
            Name=environment, Method="PATCH", Path="/pools", Body={"actions": [create]}
        )
    except (mwaa.exceptions.RestApiClientException, mwaa.exceptions.RestApiServerException) as error:
        answer = error.response
    found = answer.get("RestApiResponse") or {}
    if {*found.get("create", {}).get("success", ())} != {pool["name"] for pool in pools}:
        raise DeployError(
            f"Airflow did not create its pools: {answer['RestApiStatusCode']}, {found}. Run the command "
            "again, or create the pools in Airflow's UI (Admin, Pools): tasks wait until their pool exists."
        )
    return "pools: " + ", ".join(f"{pool['name']} with {pool['slots']} slots" for pool in pools)
