"""Creates Airflow's pools with Airflow's REST API, because CloudFormation has no resource for a pool."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.errors import DeployError
from cloudformation.settings import Settings


def wanted_pools(settings: Settings) -> list[dict[str, Any]]:
    """Return the pools in the options [todo] publish_pool and slice_pool, as Airflow's API expects them.

    Publishing tasks run one at a time. The number of slices that are read at once is limited, because each
    slice keeps a database cursor open.
    """
    pools = (
        ("todo_publish", 1, "Tasks that publish partitions of the lake"),
        ("todo_slices", settings.slice_slots, "Tasks that read a slice of the change log"),
    )
    return [
        {"name": name, "slots": slots, "description": description, "include_deferred": False}
        for name, slots, description in pools
    ]


def create_pools(mwaa: Any, environment: str, settings: Settings) -> Iterator[str]:
    """Create the pools, or change existing pools; yield a line of text for each pool.

    https://docs.aws.amazon.com/mwaa/latest/userguide/access-mwaa-apache-airflow-rest-api.html

    Raises DeployError if Airflow refuses a request, because tasks would wait forever for a missing pool.
    """
    for pool in wanted_pools(settings):
        name = pool["name"]
        status, answer = _send(mwaa, environment, "POST", "/pools", pool)
        if status == HTTPStatus.CONFLICT:
            status, answer = _send(mwaa, environment, "PATCH", f"/pools/{name}", pool)
        if status >= HTTPStatus.BAD_REQUEST:
            reason = answer.get("detail", "no reason given")
            raise DeployError(
                f"Airflow did not create the pool {name}: {status}, {reason}. "
                "Run the command again, or create the pool in Airflow's UI (Admin, Pools): the tasks of this "
                "pool wait until the pool exists."
            )
        yield f"pool {name} has {pool['slots']} slots"


def _send(
    mwaa: Any, environment: str, method: str, path: str, body: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Send a request to Airflow's REST API; return the status and the body of the response."""
    try:
        answer = mwaa.invoke_rest_api(Name=environment, Method=method, Path=path, Body=body)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("RestApiClientException", "RestApiServerException"):
            raise
        answer = error.response
    return int(answer["RestApiStatusCode"]), answer.get("RestApiResponse") or {}
