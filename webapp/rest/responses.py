"""Responses to writes: the document, its ETag and Location, and whether it is a replay."""

from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.http import parse_etags

from webapp.changes import CommitResult

ViewResponse = tuple[Any, int, dict[str, str]]


def etag(version: int) -> str:
    """Return the entity tag of a version of a resource (RFC 9110, section 8.8.3), strong."""
    return f'"{version}"'


def write_response(result: CommitResult, collection_path: str) -> ViewResponse:
    """Return the response to a write: the document after it. A replay gets the same response again.

    `collection_path` is the path of the collection; a created document is found below it by its id.
    """
    change = result.change
    headers = {"Idempotency-Replayed": "true"} if result.replayed else {}
    if change.after is None:
        return None, result.status_code, headers
    headers["ETag"] = etag(change.version)
    if result.status_code == 201:
        headers["Location"] = f"{collection_path}/{change.entity_id}"
    return change.after, result.status_code, headers


def if_match(version: int) -> bool:
    """Return whether the `If-Match` of the request allows this version; no header allows all versions."""
    return precondition(request.headers.get("If-Match"))(version)


def precondition(tags: str | None) -> Callable[[int], bool]:
    """Return a check of versions against entity tags (RFC 9110, section 13.1.1); None allows all versions."""
    if tags is None:
        return lambda version: True
    wanted = parse_etags(tags)
    return lambda version: wanted.star_tag or wanted.contains(str(version))
