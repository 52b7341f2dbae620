"""Our Api, Blueprint and Schema: what a decorator makes happen, it also documents."""

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any

import flask_smorest
import marshmallow as ma
from flask_jwt_extended import jwt_required

from webapp.extensions import idempotency
from webapp.extensions.parsing import StrictParser
from webapp.extensions.problems import CONTENT_TYPE

View = Callable[..., Any]


class Schema(ma.Schema):
    """Keeps the declared order and refuses unknown fields."""

    class Meta:
        """Options of every schema."""

        unknown = ma.RAISE


class FieldProblemSchema(Schema):
    """One broken rule and its place."""

    pointer = ma.fields.String(metadata={"description": "JSON pointer into the body, such as #/title."})
    parameter = ma.fields.String(metadata={"description": "Name of the query parameter."})
    detail = ma.fields.String(required=True, metadata={"description": "What is wrong there."})


class ProblemSchema(Schema):
    """An error (RFC 9457)."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String(required=True)
    request_id = ma.fields.String(required=True)
    errors = ma.fields.List(ma.fields.Nested(FieldProblemSchema))


class Api(flask_smorest.Api):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Api with our error shape; the handlers themselves are in `problems`."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave errors to `problems`, which also answers those that never reach flask-smorest."""

    def _register_responses(self) -> None:
        super()._register_responses()
        for response in self.spec.components.responses_lazy.values():
            content = response.get("content", {})
            if "application/json" in content:
                content[CONTENT_TYPE] = content.pop("application/json")


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """flask-smorest's Blueprint with sign-in, idempotency and documented problems."""

    ARGUMENTS_PARSER = StrictParser()

    def login_required(self, view: View) -> View:
        """Let in only requests with a good access token, and document that."""
        guarded = self.problems(401)(jwt_required()(view))
        documented: View = self.doc(security=[{"bearerAuth": []}])(guarded)
        return documented

    def idempotent(self, view: View) -> View:
        """Document the Idempotency-Key header and the replay; the log does the work."""
        parameter = {
            "name": idempotency.HEADER,
            "in": "header",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "Makes retries safe: the same key and request is carried out once.",
        }
        return _with_parameter(self.problems(400, 409, 422)(view), parameter)

    def conditional(self, view: View) -> View:
        """Document `If-Match`; the rules of the resource check it inside the commit."""
        parameter = {
            "name": "If-Match",
            "in": "header",
            "schema": {"type": "string"},
            "description": "Only if the resource still has this ETag; otherwise 412 and nothing happens.",
        }
        return _with_parameter(self.problems(412)(view), parameter)

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Document error answers."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, schema=ProblemSchema, content_type=CONTENT_TYPE)(view)
            return view

        return decorate


def _with_parameter(view: View, parameter: dict[str, Any]) -> View:
    @wraps(view)
    def documented(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    notes = deepcopy(getattr(view, "_apidoc", {}))
    notes.setdefault("manual_doc", {}).setdefault("parameters", []).append(parameter)
    documented._apidoc = notes  # type: ignore[attr-defined]  # where flask-smorest keeps its notes
    return documented
