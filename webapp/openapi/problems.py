"""The answers that are errors, each with a title, a cause and an example that helps."""

from dataclasses import dataclass
from typing import Any

from webapp.http.problems import CONTENT_TYPE
from webapp.openapi.headers import REQUEST_ID


@dataclass(frozen=True)
class Problem:
    """How the document names and explains a status; `detail` is what an answer says, for example."""

    name: str
    title: str
    cause: str
    detail: str
    headers: tuple[str, ...] = ()
    errors: tuple[dict[str, str], ...] = ()


PROBLEMS: dict[int, Problem] = {
    400: Problem(
        "BadRequest",
        "Bad Request",
        "The request cannot be read: a broken address, broken JSON, a bad header, a cursor not of ours.",
        "The body is not valid JSON: look at line 1, column 9.",
    ),
    401: Problem(
        "Unauthorized",
        "Unauthorized",
        "Nobody is signed in: the token is missing, wrong, revoked or expired.",
        "This access token has expired; log in again.",
        headers=("WWW-Authenticate",),
    ),
    404: Problem(
        "NotFound",
        "Not Found",
        "There is no such thing, or it is somebody else's: both look the same.",
        "There is no such task.",
    ),
    409: Problem(
        "Conflict",
        "Conflict",
        "The request contradicts what is stored.",
        "This e-mail address is already registered; use that account, or another address.",
    ),
    410: Problem(
        "Gone",
        "Gone",
        "What was asked for is no longer kept.",
        "This cursor is older than the log; read your tasks anew.",
    ),
    412: Problem(
        "PreconditionFailed",
        "Precondition Failed",
        "The resource has another version than `If-Match` names; nothing happened.",
        "The task is at version 2, not at the one your If-Match names; read it again.",
    ),
    413: Problem(
        "ContentTooLarge",
        "Content Too Large",
        "The body is larger than 1 MiB.",
        "A request body may have up to 1024 KiB.",
    ),
    415: Problem(
        "UnsupportedMediaType",
        "Unsupported Media Type",
        "The body is not declared as JSON.",
        "Send JSON with the header Content-Type: application/json.",
        headers=("Accept-Patch",),
    ),
    422: Problem(
        "UnprocessableContent",
        "Unprocessable Content",
        "The request is readable but breaks rules; `errors` names each place.",
        "The request breaks the rules listed under errors.",
        errors=({"detail": "Missing data for required field.", "pointer": "#/title"},),
    ),
    429: Problem(
        "TooManyRequests",
        "Too Many Requests",
        "A limit is used up, for this user or this address.",
        "Too many requests; try again in 5 s.",
        headers=("Retry-After",),
    ),
    500: Problem(
        "InternalServerError",
        "Internal Server Error",
        "A mistake of the service.",
        "This is our fault; quote the request_id when you report it.",
    ),
    503: Problem(
        "ServiceUnavailable",
        "Service Unavailable",
        "The service cannot do this right now; trying again later helps.",
        "The database cannot be reached right now; try again shortly.",
        headers=("Retry-After",),
    ),
}


def content(status: int, detail: str | None = None, instance: str = "/api/v1/tasks") -> dict[str, Any]:
    """The body of an error answer as the document describes it, with an example."""
    problem = PROBLEMS[status]
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": problem.title,
        "status": status,
        "detail": detail or problem.detail,
        "instance": instance,
        "request_id": REQUEST_ID,
    }
    if problem.errors and detail is None:
        example["errors"] = list(problem.errors)
    return {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}}
