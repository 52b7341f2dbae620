"""The error tree: stores and rules raise these, one handler turns them into problem+json."""

from collections.abc import Mapping, Sequence


class TodoError(Exception):
    """Something the client can be told: an HTTP status, a short title and a sentence that helps."""

    status = 500
    title = "Internal Server Error"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors: Sequence[Mapping[str, str]] = ()


class BadRequest(TodoError):
    """The request cannot be read: broken JSON, a bad header, a forged cursor."""

    status = 400
    title = "Bad Request"


class Unauthorized(TodoError):
    """Nobody is signed in."""

    status = 401
    title = "Unauthorized"
    challenge = 'Bearer realm="todo"'

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": self.challenge})


class InvalidToken(Unauthorized):
    """A token was sent and is no good (RFC 6750, section 3.1)."""

    challenge = 'Bearer realm="todo", error="invalid_token"'


class NotFound(TodoError):
    """There is no such thing, or it belongs to somebody else: both look the same."""

    status = 404
    title = "Not Found"


class Conflict(TodoError):
    """The request contradicts what is stored, such as a taken e-mail address."""

    status = 409
    title = "Conflict"


class Gone(TodoError):
    """What the request refers to existed once and will not come back, such as an outdated cursor."""

    status = 410
    title = "Gone"


class PreconditionFailed(TodoError):
    """`If-Match` names a version that is no longer the current one."""

    status = 412
    title = "Precondition Failed"


class UnsupportedMediaType(TodoError):
    """The body is not declared as JSON."""

    status = 415
    title = "Unsupported Media Type"


class Invalid(TodoError):
    """The request is readable but breaks a rule; `errors` names each place."""

    status = 422
    title = "Unprocessable Content"

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail)
        self.errors = errors


class TooManyRequests(TodoError):
    """The client has to wait before it tries again; `retry_after` is in seconds."""

    status = 429
    title = "Too Many Requests"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class Busy(TodoError):
    """The service cannot do this right now; trying again later helps."""

    status = 503
    title = "Service Unavailable"

    def __init__(self, detail: str, *, retry_after: int = 5) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
