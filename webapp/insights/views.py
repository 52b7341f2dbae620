"""Views that return the figures of the signed-in user."""

from typing import Any

from webapp.http.context import current_user_id, service
from webapp.insights.period_schemas import PeriodQuerySchema, PeriodSchema
from webapp.insights.schemas import DaysQuerySchema, DaysSchema, InsightsSchema
from webapp.insights.store import InsightsStore
from webapp.rest.smorest import Blueprint
from webapp.users.store import UserStore

blueprint = Blueprint(
    "Insights", __name__, url_prefix="/api/v1/insights/me", description="Your statistics, updated every hour."
)


@blueprint.get("")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.response(200, InsightsSchema)
def show_insights() -> dict[str, Any]:
    """Show your statistics

    Totals, rates, streaks, your tasks by category and priority, and the age of your open tasks.
    """
    owner_id = current_user_id()
    return service(InsightsStore).figures(owner_id, service(UserStore).get_signed_in(owner_id)["time_zone"])


@blueprint.get("/daily")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.arguments(DaysQuerySchema, location="query")
@blueprint.response(200, DaysSchema)
def list_days(query: dict[str, Any]) -> dict[str, Any]:
    """List your activity and your tasks by day

    Days are in your time zone; by default the last 30 days.
    """
    owner_id = current_user_id()
    time_zone = service(UserStore).get_signed_in(owner_id)["time_zone"]
    return service(InsightsStore).daily(owner_id, time_zone, query.get("first"), query.get("last"))


@blueprint.get("/period")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.arguments(PeriodQuerySchema, location="query")
@blueprint.response(200, PeriodSchema)
def summarize_period(query: dict[str, Any]) -> dict[str, Any]:
    """Summarize a range of days

    Sums, the on-time rate, the percentiles of cycle times and your activity by weekday and hour. An earlier
    range of the same length is included to compare.
    """
    owner_id = current_user_id()
    time_zone = service(UserStore).get_signed_in(owner_id)["time_zone"]
    days = query.get("first"), query.get("last"), query.get("compare_days")
    return service(InsightsStore).period(owner_id, time_zone, *days)
