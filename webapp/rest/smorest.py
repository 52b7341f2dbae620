"""Our Api, Blueprint and Schema: what a decorator makes happen, it also documents."""

from collections.abc import Callable
from copy import deepcopy
from functools import cached_property, wraps
from typing import Any

import flask
import flask_smorest
from flask_jwt_extended import jwt_required
from flask_smorest.utils import resolve_schema_instance

from webapp.openapi import finish
from webapp.openapi.converter import MarshmallowPlugin
from webapp.openapi.headers import LIMITED
from webapp.openapi.problems import PROBLEMS, content
from webapp.openapi.schemas import ProblemSchema, Schema, require_all
from webapp.rest.parsing import JSON, MERGE_PATCH, StrictParser

__all__ = ["Api", "Blueprint", "ProblemSchema", "Schema"]

View = Callable[..., Any]

# Where our decorators keep their notes, beside those of flask-smorest.
DOC_METADATA = "house"


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api with our error shape and a finished document; `problems` handles the errors."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    @cached_property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of everything registered by now."""
        return finish(self.spec.to_dict())

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(marshmallow_plugin=MarshmallowPlugin(), **options)
        # It would print the document unfinished; `python -m webapp.apidocs` has the whole one.
        self._app.cli.commands.pop("openapi")

    def _openapi_json(self) -> flask.Response:
        return flask.jsonify(self.document)

    def _register_error_handlers(self) -> None:
        """Leave errors to `problems`, which also answers those that never reach flask-smorest."""

    def _register_etag_headers(self) -> None:
        """Leave out flask-smorest's: ours are in `openapi.headers`."""

    def _register_pagination_header(self) -> None:
        """Leave it out, too."""

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=ProblemSchema)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Blueprint with sign-in, idempotency and documented problems."""

    ARGUMENTS_PARSER = StrictParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: dict[str, str] = {  # noqa: RUF012  # declared so by flask-smorest
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "merge_patch": JSON,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_write_notes)

    def login_required(self, view: View) -> View:
        """Let in only requests with a good access token, and document that."""
        documented: View = self.doc(security=[{"bearerAuth": []}])(jwt_required()(view))
        return documented

    def refresh_required(self, view: View) -> View:
        """Let in only requests with a good refresh token, and document that."""
        documented: View = self.doc(security=[{"refreshAuth": []}])(jwt_required(refresh=True)(view))
        return documented

    def idempotent(self, view: View) -> View:
        """Document the Idempotency-Key header and the replay; the log does the work."""
        return self.problems(400, 422)(_with_header(view, "Idempotency-Key"))

    def conditional(self, view: View) -> View:
        """Document `If-Match`; the rules of the resource check it inside the commit."""
        return self.problems(412)(_with_header(view, "If-Match"))

    def supports_if_none_match(self, view: View) -> View:
        """Answer 304 to a reader who names the current ETag in `If-None-Match`, and document that."""

        @wraps(view)
        def conditional(*args: Any, **kwargs: Any) -> Any:
            answer = flask.current_app.make_response(view(*args, **kwargs))
            tag, _ = answer.get_etag()
            # Not make_conditional, which would also judge If-Match and refuse to show what it names.
            if tag is not None and flask.request.if_none_match.contains_weak(tag):
                answer.status_code = 304
            return answer

        documented: View = self.alt_response(304, success=True)(_with_header(conditional, "If-None-Match"))
        return documented

    def merge_patch(self, schema: type[Schema]) -> Callable[[View], View]:
        """Take the body of a PATCH, declared as a JSON merge patch (RFC 7396) or as plain JSON."""
        decorate: Callable[[View], View] = self.arguments(schema, location="merge_patch")
        return decorate

    def problems(self, *statuses: int, description: str | None = None) -> Callable[[View], View]:
        """Document error answers; `description` says what they mean on this operation, if it is special."""

        def decorate(view: View) -> View:
            return _noted(view, "problems", {status: _problem(status, description) for status in statuses})

        return decorate

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[[View], View]:
        """flask-smorest's `arguments`; the schema is made once, where webargs makes one per request."""
        decorate: Callable[[View], View] = super().arguments(resolve_schema_instance(schema), **kwargs)
        return decorate

    def response(self, status_code: int, schema: Any = None, **kwargs: Any) -> Callable[[View], View]:
        """flask-smorest's `response`; a schema of answers has all its members, always."""
        answer = None if schema is None else require_all(resolve_schema_instance(schema))
        decorate: Callable[[View], View] = super().response(status_code, answer, **kwargs)
        return decorate

    def _prepare_arguments_doc(self, doc: dict[str, Any], doc_info: dict[str, Any], **kwargs: Any) -> Any:
        arguments = doc_info.get("arguments", {}).get("parameters", [])
        patches = any(each.get("in") == "merge_patch" for each in arguments)
        doc = super()._prepare_arguments_doc(doc, doc_info, **kwargs)
        if patches:
            body = doc["requestBody"]["content"]
            body[MERGE_PATCH] = deepcopy(body[JSON])
        return doc

    def _store_endpoint_docs(self, endpoint: str, obj: View, *args: Any, **kwargs: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, *args, **kwargs)
        words = endpoint.split("_")
        name = words[0] + "".join(word.title() for word in words[1:])
        for method, notes in self._docs[endpoint].items():
            if method != "parameters":
                notes.setdefault("manual_doc", {}).setdefault("operationId", name)


def _problem(status: int, description: str | None) -> str | dict[str, Any]:
    if description is None:
        return PROBLEMS[status].name
    headers = {name: name for name in ("X-Request-ID", *LIMITED, *PROBLEMS[status].headers)}
    return {"description": description, "headers": headers, "content": content(status, description)}


def _with_header(view: View, name: str) -> View:
    return _noted(view, "headers", {name: name})


def _noted(view: View, topic: str, notes: dict[Any, Any]) -> View:
    @wraps(view)
    def documented(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    taken = deepcopy(getattr(view, "_apidoc", {}))
    taken.setdefault(DOC_METADATA, {}).setdefault(topic, {}).update(notes)
    documented._apidoc = taken  # type: ignore[attr-defined]  # where flask-smorest keeps its notes
    return documented


def _write_notes(doc: dict[str, Any], info: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Put our notes into the documentation of an operation; names become references."""
    notes = info.get(DOC_METADATA, {})
    if headers := notes.get("headers"):
        doc.setdefault("parameters", []).extend(headers)
    doc.setdefault("responses", {}).update(notes.get("problems", {}))
    return doc
