"""Insights over HTTP."""

from typing import Any

from flask import current_app

from webapp.extensions.identity import signed_in
from webapp.extensions.smorest import Blueprint
from webapp.insights.schemas import DaysQuerySchema, DaysSchema, InsightsSchema
from webapp.rooms import rooms

blueprint = Blueprint(
    "Insights", __name__, url_prefix="/api/v1/insights/me", description="Your figures, renewed every hour."
)


@blueprint.get("")
@blueprint.login_required
@blueprint.response(200, InsightsSchema)
def show_insights() -> dict[str, Any]:
    """Show your figures

    Totals, rates, streaks, and your tasks by category and priority.
    """
    here, owner_id = rooms(current_app), signed_in()
    return here.insights.figures(owner_id, here.users.signed_in(owner_id)["time_zone"])


@blueprint.get("/daily")
@blueprint.login_required
@blueprint.arguments(DaysQuerySchema, location="query")
@blueprint.response(200, DaysSchema)
def list_days(query: dict[str, Any]) -> dict[str, Any]:
    """List what you did, day by day

    Days are those of your time zone; the last 30 by default.
    """
    here, owner_id = rooms(current_app), signed_in()
    time_zone = here.users.signed_in(owner_id)["time_zone"]
    return here.insights.daily(owner_id, time_zone, query.get("first"), query.get("last"))
