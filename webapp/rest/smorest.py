"""Subclasses of flask-smorest's Api and Blueprint; each decorator also documents its effect."""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cached_property, partial, wraps
from threading import Lock
from typing import Any

import flask
import flask_smorest
from flask_smorest.utils import resolve_schema_instance, unpack_tuple_response

from webapp.http.context import require_token
from webapp.http.documents import StaticDocument
from webapp.openapi.converter import MarshmallowPlugin
from webapp.openapi.schemas import ProblemSchema, Schema, require_all
from webapp.rest.compiled import compile_dump
from webapp.rest.parsing import JSON, MERGE_PATCH, StrictParser
from webapp.rest.responses import JsonResponse, is_current

__all__ = ["Api", "Blueprint", "ProblemSchema", "Schema"]

View = Callable[..., Any]

# flask-smorest stores the documentation of a view in a dictionary; our decorators use the key DOC_METADATA.
DOC_METADATA = "todo"


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api, which here also adds headers, links and examples to the OpenAPI document.

    `webapp.http.problems` handles errors instead of flask-smorest.
    """

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: flask.Flask) -> None:
        self._descriptions: list[Callable[[], None]] = []
        self._document: dict[str, Any] | None = None
        self._lock = Lock()
        super().__init__(app)

    @property
    def document(self) -> dict[str, Any]:
        """The OpenAPI document of all registered blueprints."""
        with self._lock:
            if self._document is None:
                # `webapp.openapi` is imported here, because requests for other resources do not need this
                # package.
                from webapp.openapi.document import finish

                for describe in self._descriptions:
                    describe()
                self._document = finish(self.spec.to_dict(), self._app.config["SAMPLE_USER"])
            return self._document

    def describe_later(self, describe: Callable[[], None]) -> None:
        """Postpone a function that adds views to the document until the document is first needed."""
        self._descriptions.append(describe)

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(marshmallow_plugin=MarshmallowPlugin(), **options)
        # flask-smorest's command would print the incomplete document; `python -m webapp.apidocs` writes the
        # complete document.
        self._app.cli.commands.pop("openapi")

    def _openapi_json(self) -> flask.Response:
        return self._served.respond()

    @cached_property
    def _served(self) -> StaticDocument:
        return StaticDocument(lambda: json.dumps(self.document, ensure_ascii=False).encode(), JSON)

    def _register_error_handlers(self) -> None:
        """Register nothing: `webapp.http.problems` also handles errors outside flask-smorest."""

    def _register_etag_headers(self) -> None:
        """Register nothing: `webapp.openapi.headers` describes the headers."""

    def _register_pagination_header(self) -> None:
        """Register nothing: the API's pages use cursors instead of the header X-Pagination."""

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=ProblemSchema)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Blueprint with decorators for authentication, idempotency and documented errors."""

    ARGUMENTS_PARSER = StrictParser()
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: dict[str, str] = {  # noqa: RUF012  # declared so by flask-smorest
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "merge_patch": JSON,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_document_operation)

    def register_views_in_doc(self, api: Api, *args: Any, **kwargs: Any) -> None:
        """Postpone flask-smorest's method, because it would take most of the time of `create_app`."""
        api.describe_later(partial(super().register_views_in_doc, api, *args, **kwargs))

    def login_required(self, view: View) -> View:
        """Require a valid access token, and document this requirement."""
        documented: View = self.doc(security=[{"bearerAuth": []}])(_with_token(view, refresh=False))
        return documented

    def refresh_required(self, view: View) -> View:
        """Require a valid refresh token, and document this requirement."""
        documented: View = self.doc(security=[{"refreshAuth": []}])(_with_token(view, refresh=True))
        return documented

    def idempotent(self, view: View) -> View:
        """Document the Idempotency-Key header and its replays, which the change log implements."""
        return self.problems(400, 422)(_with_header(view, "Idempotency-Key"))

    def conditional(self, view: View) -> View:
        """Document `If-Match` and `If-None-Match`; the view itself makes them a precondition of the write."""
        return self.problems(412)(_with_header(_with_header(view, "If-None-Match"), "If-Match"))

    def supports_if_none_match(self, view: View) -> View:
        """Respond with 304 if `If-None-Match` contains the current ETag, and document the header.

        A response without an ETag, such as a list, gets a digest of its content as its ETag.
        """

        @wraps(view)
        def conditional(*args: Any, **kwargs: Any) -> Any:
            answer = flask.current_app.make_response(view(*args, **kwargs))
            if "ETag" not in answer.headers:
                answer.add_etag()
            # `make_conditional` is not used here, because it would also evaluate If-Match.
            if is_current(answer):
                answer.status_code = 304
            return answer

        documented: View = self.alt_response(304, success=True)(_with_header(conditional, "If-None-Match"))
        return documented

    def merge_patch(self, schema: type[Schema]) -> Callable[[View], View]:
        """Accept the body of a PATCH as a JSON merge patch (RFC 7396) or as plain JSON."""
        decorate: Callable[[View], View] = self.arguments(schema, location="merge_patch")
        return decorate

    def problems(self, *statuses: int, description: str | None = None) -> Callable[[View], View]:
        """Document error responses; `description` replaces the general description of the status."""

        def decorate(view: View) -> View:
            return _with_documentation(
                view,
                "problems",
                {status: {} if description is None else {"description": description} for status in statuses},
            )

        return decorate

    def arguments(self, schema: Any, **kwargs: Any) -> Callable[[View], View]:
        """Do what flask-smorest's `arguments` does, with less CPU time."""
        instance = resolve_schema_instance(schema)
        document = super().arguments(instance, **kwargs)
        parse = self.ARGUMENTS_PARSER.fast_loader(instance, kwargs.get("location", "json"))

        def decorate(view: View) -> View:
            @wraps(view)
            def loading(*args: Any, **values: Any) -> Any:
                return view(*args, parse(flask.request), **values)

            return _documented_like(document(view), loading)

        return decorate

    def response(self, status_code: int, schema: Any = None, **kwargs: Any) -> Callable[[View], View]:
        """Do what flask-smorest's `response` does with less CPU time; document all fields as required."""
        answer = None if schema is None else require_all(resolve_schema_instance(schema))
        document = super().response(status_code, answer, **kwargs)
        dump = None if answer is None else compile_dump(answer)

        def decorate(view: View) -> View:
            @wraps(view)
            def responding(*args: Any, **values: Any) -> flask.Response:
                result, status, headers = unpack_tuple_response(view(*args, **values))
                if isinstance(result, flask.Response):
                    return result
                body = flask.current_app.json.dumps(result if dump is None else dump(result))
                return JsonResponse(body, status or status_code, headers, content_type=JSON)

            return _documented_like(document(view), responding)

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


def _with_token(view: View, refresh: bool) -> View:
    @wraps(view)
    def signed_in(*args: Any, **kwargs: Any) -> Any:
        require_token(refresh)
        return view(*args, **kwargs)

    return signed_in


def _documented_like(documented: View, view: View) -> View:
    """Copy the documentation from flask-smorest's decorated function to a view; returns the view."""
    view._apidoc = documented._apidoc  # type: ignore[attr-defined]  # the attribute that flask-smorest reads
    return view


def _with_header(view: View, name: str) -> View:
    return _with_documentation(view, "headers", {name: name})


def _with_documentation(view: View, topic: str, notes: dict[Any, Any]) -> View:
    @wraps(view)
    def documented(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    documentation = deepcopy(getattr(view, "_apidoc", {}))
    documentation.setdefault(DOC_METADATA, {}).setdefault(topic, {}).update(notes)
    documented._apidoc = documentation  # type: ignore[attr-defined]  # the attribute that flask-smorest reads
    return documented


def _document_operation(doc: dict[str, Any], info: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Add the documentation of the decorators to an operation in the OpenAPI document."""
    notes = info.get(DOC_METADATA, {})
    if headers := notes.get("headers"):
        doc.setdefault("parameters", []).extend(headers)
    doc.setdefault("responses", {}).update(notes.get("problems", {}))
    return doc
