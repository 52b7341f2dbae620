"""The start page: HTML for browsers, and an index of links as JSON for other clients."""

from datetime import datetime, timedelta
from typing import Any

import marshmallow as ma
import pymongo
from flask import Response, make_response, render_template, request
from pymongo.errors import PyMongoError

from webapp import __version__
from webapp.http.context import service, services
from webapp.insights.store import InsightsStore
from webapp.pages import report
from webapp.rest.fields import Timestamp
from webapp.rest.smorest import Blueprint, Schema

DATABASE_SECONDS = 2.0
# The pipeline publishes an hour some minutes after the end of the hour. If no hour was published for two
# hours, a run has failed.
LATE_AFTER = timedelta(hours=2)
LINKS = (
    ("insights", "/insights", "Your insights", "Charts of your tasks, updated every hour."),
    ("docs", "/docs", "Swagger UI", "Try the API in the browser."),
    ("redoc", "/redoc", "ReDoc", "Read the documentation of the API."),
    ("openapi", "/openapi.json", "OpenAPI document", "Generate a client from the OpenAPI document."),
)
REPORT_TEXT = "Read the figures of all users, written every day."

# The description of the HTML response in the OpenAPI document.
PAGE = {"schema": {"type": "string"}, "example": "<!DOCTYPE html>"}

blueprint = Blueprint(
    "Index",
    __name__,
    template_folder="templates",
    description="Pages and documents.",
)


class LinkSchema(Schema):
    """A link to a page or document of the service."""

    rel = ma.fields.String(metadata={"example": "docs", "description": "The name of the link."})
    href = ma.fields.String(metadata={"example": "/docs", "description": "The address or the path."})
    title = ma.fields.String(metadata={"example": "Swagger UI", "description": "The title of the page."})


class StateSchema(Schema):
    """The state of the database and of the hourly pipeline, in the embedded environment."""

    database = ma.fields.String(
        validate=ma.validate.OneOf(("ready", "unavailable")),
        metadata={"example": "ready", "description": "Whether the database responds within two seconds."},
    )
    published_until = Timestamp(
        allow_none=True,
        metadata={
            "example": "2026-11-20T09:00:00.000Z",
            "description": "The end of the newest published hour; null before the first hour is published.",
        },
    )
    pipeline = ma.fields.String(
        validate=ma.validate.OneOf(("current", "late", "waiting", "unknown")),
        metadata={
            "example": "current",
            "description": (
                "`current`; `late` if no hour of the last two hours is published; `waiting` before the first "
                "hour is published; `unknown` if the database does not respond."
            ),
        },
    )


class IndexSchema(Schema):
    """The pages and documents of this service."""

    name = ma.fields.String(metadata={"example": "Todo API with Insights", "description": "The product."})
    version = ma.fields.String(
        metadata={"example": __version__, "description": "The version of the service."}
    )
    links = ma.fields.List(
        ma.fields.Nested(LinkSchema),
        metadata={"description": "The pages and documents."},
    )
    state = ma.fields.Nested(
        StateSchema,
        allow_none=True,
        metadata={"description": "The state of the embedded environment; null in other environments."},
    )


@blueprint.get("/", strict_slashes=False)
@blueprint.doc(responses={200: {"content": {"text/html": PAGE}}})
@blueprint.response(200, IndexSchema)
def show_index() -> tuple[dict[str, Any], int, dict[str, str]] | Response:
    """List the pages and documents

    A client that prefers `text/html`, such as a browser, gets the start page.
    """
    found = _index()
    if request.accept_mimetypes.best_match(("application/json", "text/html")) != "text/html":
        return found, 200, {"Vary": "Accept"}
    about = {href: text for _, href, _, text in LINKS} | {report.PATH: REPORT_TEXT}
    page = make_response(render_template("start.html", **found, about=about))
    page.vary.add("Accept")
    return page


def _index() -> dict[str, Any]:
    settings = services().settings
    links = [{"rel": rel, "href": href, "title": title} for rel, href, title, _ in LINKS]
    if settings.embedded and settings.airflow_url:
        links.append({"rel": "airflow", "href": settings.airflow_url, "title": "Airflow"})
    if (folder := report.folder_of(settings)) and report.newest_report(folder):
        links.append({"rel": "report", "href": report.PATH, "title": "Team report"})
    state = _state() if settings.embedded else None
    return {"name": "Todo API with Insights", "version": __version__, "links": links, "state": state}


def _state() -> dict[str, Any]:
    try:
        with pymongo.timeout(DATABASE_SECONDS):
            until = service(InsightsStore).published_until()
    except PyMongoError:
        return {"database": "unavailable", "published_until": None, "pipeline": "unknown"}
    return {"database": "ready", "published_until": until, "pipeline": _pipeline(until, services().clock())}


def _pipeline(until: datetime | None, now: datetime) -> str:
    if until is None:
        return "waiting"
    return "late" if now - until > LATE_AFTER else "current"
