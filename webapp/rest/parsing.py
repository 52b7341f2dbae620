"""Parses requests: strict JSON, and validation errors with the location of each error."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, NoReturn

import marshmallow as ma
import orjson
from flask import Request
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from webapp.core.errors import BadRequest, Invalid, UnsupportedMediaType
from webapp.core.sizes import MAX_BODY_BYTES
from webapp.openapi.schemas import MAX_ERRORS
from webapp.rest.compiled import compile_load

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
# The maximum numbers of lists and objects, and of members, in a body. A batch of 100 complete tasks has 301
# lists and objects, and about 1,000 members. Python takes 100 times as long to parse a list of lists as to
# parse a string of the same size.
MAX_CONTAINERS = MAX_MEMBERS = 10_000
# Matches the text up to the next bracket, brace or colon outside of strings, or up to the end. The last
# string may lack its closing quote. Possessive quantifiers make the search take linear time.
STRUCTURE = re.compile(rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[^"\[{:]++)*+(?:([\[{:])|\Z)', re.DOTALL)
# The only content coding that a request body may have (RFC 9110, section 12.5.3).
IDENTITY = "identity"


class StrictParser(FlaskParser):
    """The parser of webargs with the errors of this API; unknown query parameters are rejected.

    The parser adds the location `merge_patch`: a body with the media type of JSON or of JSON merge patch (RFC
    7396).
    """

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012  # declared so by webargs
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": ma.RAISE,
    }
    __location_map__: dict[str, Any] = {  # noqa: RUF012  # declared so by webargs
        **FlaskParser.__location_map__,
        "merge_patch": "load_merge_patch",
    }

    def fast_loader(self, schema: ma.Schema, location: str) -> Callable[[Request], Any]:
        """Return a function that parses requests as `parse` does, but faster if the request is valid."""
        load = compile_load(schema)
        repeatable = MultiDictProxy(MultiDict(), schema).multiple_keys

        def query(req: Request) -> dict[str, Any] | None:
            values = req.args.lists()
            if any(len(each) > 1 and name not in repeatable for name, each in values):
                return None
            return load({name: each if name in repeatable else each[0] for name, each in req.args.lists()})

        def body(req: Request) -> dict[str, Any] | None:
            sent = getattr(self, self.__location_map__[location])(req, schema)
            return load(sent) if type(sent) is dict else None

        read = query if location == "query" else body

        def parse(req: Request) -> Any:
            loaded = read(req)
            # The slower `parse` of webargs handles all other requests, and finds the errors.
            return self.parse(schema, req, location=location) if loaded is None else loaded

        return parse

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Parse a JSON body; raises UnsupportedMediaType for another media type, BadRequest for bad JSON."""
        body = _read(req)
        if req.mimetype != JSON:
            raise UnsupportedMediaType(f"Send JSON with the header Content-Type: {JSON}.")
        return parse_json(body)

    def load_merge_patch(self, req: Request, schema: ma.Schema) -> Any:
        """Parse the body of a PATCH; raises the same errors as `load_json`."""
        body = _read(req)
        if req.mimetype not in (MERGE_PATCH, JSON):
            raise UnsupportedMediaType(
                f"Send a JSON merge patch with the header Content-Type: {MERGE_PATCH} or {JSON}.",
                headers={"Accept-Patch": f"{MERGE_PATCH}, {JSON}"},
            )
        return parse_json(body)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Read the query parameters; raises ValidationError if a parameter that is not a list is repeated."""
        query = super().load_querystring(req, schema)
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if twice := [name for name in repeated if name not in query.multiple_keys]:
            raise ma.ValidationError({name: ["Give this parameter once."] for name in twice})
        return query

    def handle_error(self, error: ma.ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise Invalid with one entry for each message of the ValidationError."""
        raise validation_error(error.messages_dict)


def validation_error(messages: Mapping[str, Any], limit: int = MAX_ERRORS) -> Invalid:
    """Convert marshmallow's messages, which are nested by location, to an Invalid with a flat list.

    The list has at most `limit` entries; if there are more errors, the detail says so.
    """
    found = (
        {"detail": message, **_place(location, path)}
        for location, inner in messages.items()
        for path, message in _flatten(inner)
    )
    errors = list(islice(found, limit + 1))
    if len(errors) <= limit:
        return Invalid(errors=errors)
    detail = f"The request has more than {limit} validation errors; only the first {limit} are listed."
    return Invalid(detail, errors[:limit])


def _read(req: Request) -> bytes:
    if req.headers.get("Content-Encoding", IDENTITY).strip().lower() != IDENTITY:
        raise UnsupportedMediaType(
            "Send the body uncompressed, without the header Content-Encoding.",
            headers={"Accept-Encoding": IDENTITY},
        )
    body = req.get_data(cache=True)
    # If a body has no Content-Length, werkzeug silently truncates the body at the size limit.
    if len(body) == MAX_BODY_BYTES and req.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return body


def parse_json(body: bytes) -> Any:
    """Parse strict JSON (RFC 8259): UTF-8, no NaN, no duplicate members, limited nesting and size.

    Raises BadRequest for invalid JSON, and Invalid for too many lists, objects or members.
    """
    _refuse_excess(body)
    if (parsed := _parse_flat(body)) is not None:
        return parsed
    try:
        return json.loads(body.decode(), parse_constant=_refuse, object_pairs_hook=_unique)
    except RecursionError:
        raise BadRequest("The JSON body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(f"The body is not valid JSON: look at {where}.") from None
    except ValueError:
        raise BadRequest(
            "The body is not valid JSON in UTF-8: remove NaN, duplicate members and very long numbers."
        ) from None


def _parse_flat(body: bytes) -> dict[str, Any] | None:
    """Parse a JSON object without nested objects; None for other bodies, and for possible duplicate members.

    orjson returns only the last of duplicate members. Each member has a colon, so there are no duplicates if
    the body has as many colons as the result has members.
    """
    try:
        parsed = orjson.loads(body)
    except ValueError:
        return None
    if type(parsed) is not dict or body.count(b":") != len(parsed):
        return None
    # orjson reads very long numbers as floating-point numbers.
    return None if any(type(value) is float for value in parsed.values()) else parsed


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a JSON object contains a member twice")
    return members


def _refuse_excess(body: bytes) -> None:
    """Reject a body with too many lists, objects or members before it is parsed."""
    if body.count(b":") <= MAX_MEMBERS and body.count(b"[") + body.count(b"{") <= MAX_CONTAINERS:
        return
    # Strings may contain any number of brackets, braces and colons, so this second count skips strings.
    found = Counter[bytes]()
    for match in STRUCTURE.finditer(body):
        found[match[1]] += 1
        if found[b"["] + found[b"{"] > MAX_CONTAINERS:
            raise BadRequest(f"The body has more than {MAX_CONTAINERS} JSON lists and objects; send fewer.")
        if found[b":"] > MAX_MEMBERS:
            excess = f"The body has more than {MAX_MEMBERS} fields, most of them unknown; remove these."
            raise Invalid(errors=[{"detail": excess, "pointer": "#"}])


def _flatten(messages: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, path if key == "_schema" else (*path, str(key)))
    else:
        yield from ((path, str(message)) for message in messages)


def _place(location: str, path: tuple[str, ...]) -> dict[str, str]:
    if location not in ("json", "merge_patch"):
        return {"parameter": _printable(path[0]) if path else location}
    escaped = (_printable(part).replace("~", "~0").replace("/", "~1") for part in path)
    return {"pointer": "#" + "".join(f"/{part}" for part in escaped)}


def _printable(name: str) -> str:
    """Return a field name from a client in valid UTF-8 without lone surrogates, cut to 100 characters."""
    return name.encode(errors="replace").decode()[:100]
