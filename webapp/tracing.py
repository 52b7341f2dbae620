"""Sends traces of requests, database commands and calls to AWS with OpenTelemetry.

Tracing is optional and needs requirements/tracing.txt. Like log lines, spans have no personal data.
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from flask import Flask, request

from webapp.core.environment import SettingsError
from webapp.http.request_log import NO_ROUTE

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
# The attributes that Flask's instrumentation copies from the request: the client's address, and texts that
# the client chooses. Spans must not contain these attributes.
PRIVATE_ATTRIBUTES = (
    *("http.target", "http.url", "http.user_agent", "net.peer.ip", "net.peer.port"),
    *("url.path", "url.query", "url.full", "user_agent.original", "client.address", "client.port"),
)


def is_requested(environ: Mapping[str, str]) -> bool:
    """Return whether traces are to be sent; raises SettingsError when the packages for traces are missing."""
    if not environ.get(ENDPOINT):
        return False
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.instrumentation") is None:
        raise SettingsError(
            f"{ENDPOINT} is set, but the packages for traces are missing: "
            "run pip install -r requirements/tracing.txt, or unset the variable."
        )
    return True


def start_tracing(environment: str) -> None:
    """Send the spans of this process to the endpoint, from a background thread.

    Call this function before the client of the database is created: it traces only commands of later clients.
    """
    # The packages are imported here, because they are optional, and take half a second to import.
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.botocore import BotocoreInstrumentor
    from opentelemetry.instrumentation.pymongo import PymongoInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": "todo-api", "deployment.environment.name": environment})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    PymongoInstrumentor().instrument(failed_hook=_replace_message)
    BotocoreInstrumentor().instrument()


def trace_requests(app: Flask) -> None:
    """Trace the requests of an application; call this after `start_tracing`."""
    from opentelemetry.instrumentation.flask import FlaskInstrumentor

    FlaskInstrumentor().instrument_app(app, response_hook=_remove_private_attributes)


def _remove_private_attributes(span: Any, status: str, headers: list[Any]) -> None:
    for name in PRIVATE_ATTRIBUTES:
        if name in span.attributes:
            span.set_attribute(name, "")
    # The name of the span contains the route, because a path may contain any text of the client.
    span.update_name(f"{request.method} {request.url_rule.rule if request.url_rule else NO_ROUTE}")


def _replace_message(span: Any, event: Any) -> None:
    """Replace the message of a failed command, which may contain personal data, with its error code."""
    from opentelemetry.trace import StatusCode

    span.set_status(StatusCode.ERROR, f"{event.command_name} failed with code {event.failure.get('code')}")
