"""Airflow's pools. CloudFormation has no resource for a pool, so Airflow's REST API creates them."""

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
    return [
        {
            "name": "todo_publish",
            "slots": 1,
            "description": "Tasks that publish partitions of the lake",
            "include_deferred": False,
        },
        {
            "name": "todo_slices",
            "slots": settings.slice_slots,
            "description": "Tasks that read a slice of the change log",
            "include_deferred": False,
        },
    ]


def create_pools(mwaa: Any, environment: str, settings: Settings) -> Iterator[str]:
    """Create the pools, or set their numbers of slots; yield a line for each changed pool.

    https://docs.aws.amazon.com/mwaa/latest/userguide/access-mwaa-apache-airflow-rest-api.html

    Raises DeployError if Airflow refuses a request, because tasks would wait forever for a missing pool.
    """
    for pool in wanted_pools(settings):
        name = pool["name"]
        status, present = _request(mwaa, environment, "GET", f"/pools/{name}")
        if status == HTTPStatus.NOT_FOUND:
            status, present = _request(mwaa, environment, "POST", "/pools", pool)
            if status != HTTPStatus.CONFLICT:
                _require(status, name, present)
                yield f"pool {name} created with {pool['slots']} slots"
            continue
        _require(status, name, present)
        if present.get("slots") != pool["slots"]:
            status, present = _request(mwaa, environment, "PATCH", f"/pools/{name}", pool)
            _require(status, name, present)
            yield f"pool {name} has {pool['slots']} slots now"


def _request(
    mwaa: Any, environment: str, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """Send a request to Airflow's REST API; returns the status and the body of the response."""
    optional = {} if body is None else {"Body": body}
    try:
        answer = mwaa.invoke_rest_api(Name=environment, Method=method, Path=path, **optional)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("RestApiClientException", "RestApiServerException"):
            raise
        answer = error.response
    return int(answer["RestApiStatusCode"]), answer.get("RestApiResponse") or {}


def _require(status: int, name: str, answer: dict[str, Any]) -> None:
    if status >= HTTPStatus.BAD_REQUEST:
        detail = answer.get("detail", "no reason given")
        raise DeployError(
            f"Airflow did not create the pool {name}: {status}, {detail}. Run the command again, or create "
            "the pool in Airflow's UI (Admin, Pools): its tasks wait until it exists."
        )
