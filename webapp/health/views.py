"""The health checks: liveness of the process, and readiness of its database."""

import marshmallow as ma
import pymongo

from webapp import __version__
from webapp.http.context import services
from webapp.rest.smorest import Blueprint, Schema

PING_SECONDS = 2.0

blueprint = Blueprint("Health", __name__, url_prefix="/health", description="Liveness and readiness.")


class HealthSchema(Schema):
    """The state of this process."""

    status = ma.fields.String(
        validate=ma.validate.OneOf(("ok", "ready")),
        metadata={"description": "`ok` from /health, `ready` from /health/ready.", "example": "ok"},
    )
    version = ma.fields.String(
        metadata={"description": "The version of the service.", "example": __version__}
    )
    environment = ma.fields.String(
        metadata={"description": "The environment, such as embedded, dev or prod.", "example": "embedded"}
    )


@blueprint.get("")
@blueprint.response(200, HealthSchema)
def show_liveness() -> dict[str, str]:
    """Check that the process is alive

    This check does not use the database, so it succeeds even while the database is unavailable.
    """
    return _state("ok")


@blueprint.get("/ready")
@blueprint.response(200, HealthSchema)
def show_readiness() -> dict[str, str]:
    """Check that requests can be served

    This check succeeds if the database responds within two seconds.
    """
    with pymongo.timeout(PING_SECONDS):
        services().database.command("ping")
    return _state("ready")


def _state(status: str) -> dict[str, str]:
    environment = services().settings.environment
    return {"status": status, "version": __version__, "environment": environment}
