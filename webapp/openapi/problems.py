"""Descriptions of the error responses, each with a cause and an example."""

from dataclasses import dataclass
from typing import Any

from webapp.core.errors import TITLES, VALIDATION_ERRORS
from webapp.http.problems import CONTENT_TYPE, problem
from webapp.openapi.headers import REQUEST_ID


@dataclass(frozen=True)
class Problem:
    """The description of an error status; `detail` is an example of the detail in a response."""

    cause: str
    detail: str
    headers: tuple[str, ...] = ()
    errors: tuple[dict[str, str], ...] = ()


PROBLEMS: dict[int, Problem] = {
    400: Problem(
        "The request is malformed: an invalid URL, JSON, header or cursor.",
        "The body is not valid JSON: look at line 1, column 9.",
    ),
    401: Problem(
        "The token is missing, invalid, revoked or expired.",
        "This access token has expired; log in again.",
        headers=("WWW-Authenticate",),
    ),
    404: Problem(
        "The resource does not exist, or belongs to another user; the response is the same for both.",
        "This task does not exist.",
    ),
    409: Problem(
        "The request contradicts what is stored.",
        "This e-mail address is already registered; use that account, or another address.",
    ),
    410: Problem(
        "The requested data has expired.",
        "This cursor is older than the log of changes; start again without a cursor.",
    ),
    412: Problem(
        "The resource has a version that `If-Match` does not name; nothing was changed.",
        "The task has version 2, which your If-Match does not name; read the task again.",
    ),
    413: Problem(
        "The body is larger than 1 MiB.",
        "A request body may have up to 1024 KiB.",
    ),
    415: Problem(
        "The body is not declared as JSON, or is compressed.",
        "Send JSON with the header Content-Type: application/json.",
        headers=("Accept-Patch", "Accept-Encoding"),
    ),
    422: Problem(
        "The request has validation errors; `errors` has the location of each error.",
        VALIDATION_ERRORS,
        errors=({"detail": "Missing data for required field.", "pointer": "#/title"},),
    ),
    429: Problem(
        "The rate limit of this user or address is exceeded.",
        "Too many requests; try again in 5 s.",
        headers=("Retry-After",),
    ),
    500: Problem(
        "A bug in the service.",
        "The service has a bug; quote the request_id when you report it.",
    ),
    503: Problem(
        "The service is temporarily unable to handle the request.",
        "The database is unavailable; try again shortly.",
        headers=("Retry-After",),
    ),
}


def name_of(status: int) -> str:
    """Return the name of the response in the components of the document, such as NotFound."""
    return TITLES[status].replace(" ", "")


def example(status: int, detail: str | None = None, instance: str = "/api/v1/tasks") -> dict[str, Any]:
    """Return an example of a problem, as a response has it."""
    described = PROBLEMS[status]
    found = problem(
        status, TITLES[status], detail or described.detail, instance=instance, request_id=REQUEST_ID
    )
    return found | ({"errors": list(described.errors)} if described.errors and detail is None else {})


def content(status: int, detail: str | None = None) -> dict[str, Any]:
    """Return the body of an error response as the document describes it, with an example."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {CONTENT_TYPE: {"schema": schema, "example": example(status, detail)}}
