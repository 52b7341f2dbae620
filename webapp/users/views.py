"""Users over HTTP."""

from typing import Any

from flask import current_app

from webapp.extensions import idempotency
from webapp.extensions.identity import signed_in
from webapp.extensions.replies import Reply, reply
from webapp.extensions.smorest import Blueprint
from webapp.rooms import rooms
from webapp.users.schemas import RegistrationSchema, UserSchema
from webapp.users.store import Registration

PLACE = "/api/v1/users"

blueprint = Blueprint("Users", __name__, url_prefix=PLACE, description="Register, see your profile.")


@blueprint.post("")
@blueprint.idempotent
@blueprint.problems(409)
@blueprint.arguments(RegistrationSchema)
@blueprint.response(201, UserSchema)
def register_user(fields: dict[str, Any]) -> Reply:
    """Register a user"""
    told = {name: value for name, value in fields.items() if name != "password"}
    origin = idempotency.anonymous_origin(told, status_code=201)
    outcome = rooms(current_app).users.register(Registration(**fields), origin)
    return reply(outcome, PLACE)


@blueprint.get("/<user_id>")
@blueprint.login_required
@blueprint.response(200, UserSchema)
def get_user(user_id: str) -> dict[str, Any]:
    """Show your own profile; the id me stands for yours"""
    users, owner_id = rooms(current_app).users, signed_in()
    return users.signed_in(owner_id) if user_id in ("me", owner_id) else users.get(owner_id, user_id)
