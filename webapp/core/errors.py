"""The errors that stores and rules raise; one handler turns them into problem+json responses."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

# The reason phrases of RFC 9110; for the last four statuses, HTTPStatus of Python 3.11 has older phrases.
TITLES = {status.value: status.phrase for status in HTTPStatus} | {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
VALIDATION_ERRORS = "The request has validation errors; the member errors lists them."


class TodoError(Exception):
    """An error for the client: an HTTP status, a short title, and a detail that says what to do."""

    status = 500

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors: Sequence[Mapping[str, str]] = ()

    @property
    def title(self) -> str:
        """The reason phrase of the HTTP status, such as "Not Found"."""
        return TITLES[self.status]


class BadRequest(TodoError):
    """The request cannot be read: it has invalid JSON, an invalid header or a forged cursor."""

    status = 400


class Unauthorized(TodoError):
    """The request has no valid credentials."""

    status = 401
    challenge = 'Bearer realm="todo"'

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": self.challenge})


class InvalidToken(Unauthorized):
    """The request has an invalid token (RFC 6750, section 3.1)."""

    challenge = 'Bearer realm="todo", error="invalid_token"'


class NotFound(TodoError):
    """The resource does not exist, or belongs to another user; the response is the same for both."""

    status = 404


class Conflict(TodoError):
    """The request contradicts stored data; for example, another user has this e-mail address."""

    status = 409


class Gone(TodoError):
    """The request refers to something that no longer exists, such as an expired cursor."""

    status = 410


class PreconditionFailed(TodoError):
    """The request does not allow the current version of the document (If-Match, If-None-Match)."""

    status = 412


class UnsupportedMediaType(TodoError):
    """The body is not declared as JSON."""

    status = 415


class Invalid(TodoError):
    """The request can be read but breaks a rule; `errors` lists each error with its location."""

    status = 422

    def __init__(self, detail: str = VALIDATION_ERRORS, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = errors


def key_reused() -> Invalid:
    """Return the error for an Idempotency-Key that belongs to a different request."""
    return Invalid("This Idempotency-Key was already used for a different request; send a new key.")


class TooManyRequests(TodoError):
    """The client must wait for `retry_after` seconds before it tries again."""

    status = 429

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Busy(TodoError):
    """The service is temporarily unable to handle the request; `retry_after` is in seconds."""

    status = 503

    def __init__(self, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
