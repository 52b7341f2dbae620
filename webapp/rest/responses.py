"""Responses to writes, and entity tags in responses and in preconditions (RFC 9110, section 13)."""

import re
from typing import Any

from flask import Response, request
from werkzeug.datastructures import ETags, Headers
from werkzeug.http import parse_etags

from webapp.changes import CommitResult
from webapp.changes.precondition import Precondition
from webapp.core.errors import BadRequest

ENTITY_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
ENTITY_TAGS = re.compile(rf"\*|{ENTITY_TAG}(?:[ \t]*,[ \t]*{ENTITY_TAG})*")

ViewResponse = tuple[Any, int, dict[str, str]]


class JsonResponse(Response):
    """A JSON response; if the request was successful, werkzeug does not process the headers again."""

    def get_wsgi_headers(self, environ: dict[str, Any]) -> Headers:
        """Return the headers of the response; for a success, they are complete and valid already."""
        if self.status_code in (200, 201, 207):
            # werkzeug's own method would copy and check every header again, which takes time.
            return self.headers
        return super().get_wsgi_headers(environ)


def etag(version: int) -> str:
    """Return the strong entity tag of a version of a resource (RFC 9110, section 8.8.3)."""
    return f'"{version}"'


def write_response(result: CommitResult, collection_path: str) -> ViewResponse:
    """Return the response to a write: the document after the write; a replay gets the same response again.

    `collection_path` is the path of the collection; the path of a created document is this path and its id.
    """
    change = result.change
    headers = {"Idempotency-Replayed": "true"} if result.replayed else {}
    if change.after is None:
        return None, result.status_code, headers
    headers["ETag"] = etag(change.version)
    if result.status_code == 201:
        headers["Location"] = f"{collection_path}/{change.entity_id}"
    return change.after, result.status_code, headers


def requested_precondition() -> Precondition:
    """Return the precondition in the headers If-Match and If-None-Match of the current request.

    Raises BadRequest when a header does not have the form of entity tags.
    """
    headers = request.headers
    return precondition(headers.get("If-Match"), headers.get("If-None-Match"))


def precondition(if_match: str | None, if_none_match: str | None = None) -> Precondition:
    """Return the precondition in these header values (RFC 9110, section 13.1); None for an absent header.

    Raises BadRequest when a text does not have the form of entity tags.
    """
    wanted = None if if_match is None else _entity_tags("If-Match", if_match)
    unwanted = None if if_none_match is None else _entity_tags("If-None-Match", if_none_match)

    def allows(version: int) -> bool:
        tag = str(version)
        return (wanted is None or wanted.contains(tag)) and (
            unwanted is None or not unwanted.contains_weak(tag)
        )

    return allows


def is_current(response: Response) -> bool:
    """Return whether `If-None-Match` contains the ETag of a response, so that the client's copy is current.

    Raises BadRequest when the header does not have the form of entity tags.
    """
    text = request.headers.get("If-None-Match")
    if text is None:
        return False
    tag, _ = response.get_etag()
    return tag is not None and _entity_tags("If-None-Match", text).contains_weak(tag)


def _entity_tags(name: str, text: str) -> ETags:
    if not ENTITY_TAGS.fullmatch(text.strip()):
        raise BadRequest(f'{name} needs * or entity tags in double quotes, such as "1".')
    return parse_etags(text)
