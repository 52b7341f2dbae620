"""Descriptions of the error responses for the OpenAPI document, each with a cause and an example."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.errors import TITLES, VALIDATION_ERRORS
from webapp.http.problems import CONTENT_TYPE, DETAILS, problem
from webapp.openapi.headers import LIMITED, REQUEST_ID, UNIVERSAL

Errors = Sequence[dict[str, str]]


@dataclass(frozen=True)
class Problem:
    """The description of an error status; `detail` is an example of the member `detail` in a response."""

    cause: str
    detail: str
    headers: tuple[str, ...] = ()


PROBLEMS: dict[int, Problem] = {
    400: Problem(
        "The request is malformed: an invalid URL, JSON, header or cursor.",
        "The URL has a % without two hexadecimal digits after it; write %25 for a %.",
    ),
    401: Problem(
        "The token is missing, invalid, revoked or expired.",
        "This token is not valid; log in again.",
        headers=("WWW-Authenticate",),
    ),
    404: Problem(
        "The resource does not exist, or belongs to another user; the response is the same for both.",
        "This task does not exist.",
    ),
    405: Problem(
        "The path does not support this method; `Allow` lists the methods that it supports.",
        DETAILS[405],
        headers=("Allow",),
    ),
    408: Problem("The request took too long to arrive.", DETAILS[408]),
    409: Problem(
        "The request contradicts stored data.",
        "This e-mail address is already registered; use that account, or another address.",
    ),
    410: Problem(
        "The requested data has expired.",
        "This cursor is older than the log of changes; start again without a cursor.",
    ),
    412: Problem(
        "`If-Match` or `If-None-Match` excludes the version of the resource; nothing was changed.",
        "The task has version 2, which your If-Match or If-None-Match excludes; read the task again.",
    ),
    413: Problem(
        "The body is larger than 1 MiB.",
        "A request body may have up to 1024 KiB.",
    ),
    414: Problem(
        "The request line is longer than 8190 bytes.",
        "The request line may have up to 8190 bytes; shorten the URL.",
    ),
    415: Problem(
        "The body is not declared as JSON, or is compressed.",
        "Send JSON with the header Content-Type: application/json.",
        headers=("Accept-Patch", "Accept-Encoding"),
    ),
    422: Problem(
        "The request has validation errors; `errors` has the location of each error.",
        VALIDATION_ERRORS,
    ),
    429: Problem(
        "The rate limit of this user or address is exceeded.",
        "Too many requests; try again in 5 s.",
        headers=("Retry-After",),
    ),
    431: Problem(
        "The header fields are too large.",
        "A header field may have up to 8190 bytes, and a request 100 of them.",
    ),
    500: Problem(
        "The service has a bug.",
        "The service has a bug; quote the request_id when you report it.",
    ),
    503: Problem(
        "The service is temporarily unable to handle the request.",
        "The database is unavailable; try again shortly.",
        headers=("Retry-After",),
    ),
}


def response(
    status: int, *, description: str | None, detail: str | None, errors: Errors, instance: str
) -> dict[str, Any]:
    """Return an error response for the OpenAPI document, with an example for its operation.

    `description` replaces the general description of the status, and `detail` the general example of the
    detail. If only `description` is given, this text is the example of the detail as well. `instance` is the
    path of the operation.
    """
    described = PROBLEMS[status]
    names = sorted({*UNIVERSAL, *LIMITED, *described.headers})
    given = example(status, instance, detail or description, errors)
    return {
        "description": description or described.cause,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": given}},
    }


def example(status: int, instance: str, detail: str | None = None, errors: Errors = ()) -> dict[str, Any]:
    """Return an example of the body of an error response."""
    described = detail or PROBLEMS[status].detail
    found = problem(status, TITLES[status], described, instance=instance, request_id=REQUEST_ID)
    return found | ({"errors": list(errors)} if errors else {})
