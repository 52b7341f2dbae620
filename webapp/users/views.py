"""The views of users."""

from typing import Any

from webapp.auth import tokens
from webapp.auth.credentials import PasswordChange
from webapp.core.errors import NotFound
from webapp.http.context import current_user_id, service
from webapp.http.request_ids import request_id
from webapp.rest import idempotency
from webapp.rest.responses import ViewResponse, etag, requested_precondition, write_response
from webapp.rest.smorest import Blueprint
from webapp.users.rules import Registration
from webapp.users.schemas import (
    ErasureSchema,
    PasswordChangeSchema,
    RegistrationSchema,
    UserPatchSchema,
    UserSchema,
)
from webapp.users.store import UserStore

COLLECTION_PATH = "/api/v1/users"

blueprint = Blueprint(
    "Users",
    __name__,
    url_prefix=COLLECTION_PATH,
    description="Your account and profile.",
)


@blueprint.post("")
@blueprint.idempotent
@blueprint.problems(409, 429)
@blueprint.arguments(RegistrationSchema)
@blueprint.response(201, UserSchema)
def register_user(fields: dict[str, Any]) -> ViewResponse:
    """Register a user"""
    public = {name: value for name, value in fields.items() if name != "password"}
    # The first release stored fingerprints with UTC for an absent time zone. This value must stay the same,
    # even if the default of Registration changes.
    origin = idempotency.anonymous_origin({"time_zone": "UTC", **public}, status_code=201)
    result = service(UserStore).register(Registration(**fields), origin)
    return write_response(result, COLLECTION_PATH)


@blueprint.get("/<user_id>")
@blueprint.login_required
@blueprint.supports_if_none_match
@blueprint.response(200, UserSchema)
def get_user(user_id: str) -> Any:
    """Show your own profile"""
    user = service(UserStore).get_signed_in(_owner_id(user_id))
    return user, {"ETag": etag(user["version"])}


@blueprint.patch("/<user_id>")
@tokens.reads_session
@blueprint.login_required
@blueprint.conditional
@blueprint.idempotent
@blueprint.problems(409)
@blueprint.merge_patch(UserPatchSchema)
@blueprint.response(200, UserSchema)
def change_user(fields: dict[str, Any], user_id: str) -> ViewResponse:
    """Change some fields of your own profile"""
    owner_id, users, allowed = _owner_id(user_id), service(UserStore), requested_precondition()
    time_zone = users.time_zone(owner_id)
    origin = idempotency.origin(owner_id, time_zone, fields, status_code=200)
    return write_response(users.change(owner_id, fields, origin, allowed), COLLECTION_PATH)


@blueprint.delete("/<user_id>")
@tokens.reads_session
@blueprint.login_required
@blueprint.conditional
@blueprint.problems(429)
@blueprint.arguments(ErasureSchema)
@blueprint.response(204)
def erase_user(fields: dict[str, str], user_id: str) -> None:
    """Erase your account and all your tasks permanently

    The erasure of thousands of tasks may take more than one request. After status 503, repeat the request to
    resume the erasure. Your tokens become invalid, so a retry after a lost response gets 401.
    """
    allowed = requested_precondition()
    service(UserStore).erase(_owner_id(user_id), fields["password"], request_id(), allowed)


@blueprint.put("/me/password")
@tokens.accepts_retry
@tokens.reads_session
@blueprint.login_required
@blueprint.idempotent
@blueprint.problems(429)
@blueprint.arguments(PasswordChangeSchema)
@blueprint.response(204)
def change_password(fields: dict[str, str]) -> tuple[None, int, dict[str, str]]:
    """Change your password and end all your sessions

    All earlier tokens become invalid. A retry after a lost response may still use the old access token if
    both requests have the same Idempotency-Key. Then log in with the new password.
    """
    change = PasswordChange(fields["old_password"], fields["new_password"], idempotency.client_key())
    replayed = service(UserStore).change_password(current_user_id(), change)
    return None, 204, {"Idempotency-Replayed": "true"} if replayed else {}


def _owner_id(user_id: str) -> str:
    """Return the id of the signed-in user if `user_id` is that id or `me`; otherwise raises NotFound."""
    owner_id = current_user_id()
    if user_id not in ("me", owner_id):
        raise NotFound("This user does not exist.")
    return owner_id
