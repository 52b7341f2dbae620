"""Signing in over HTTP."""

from typing import Any

from flask import current_app

from webapp.auth import tokens
from webapp.auth.schemas import LoginSchema, TokenSchema
from webapp.extensions.smorest import Blueprint
from webapp.rooms import rooms

blueprint = Blueprint("Sign in", __name__, url_prefix="/api/v1/auth", description="Get an access token.")


@blueprint.post("/login")
@blueprint.arguments(LoginSchema)
@blueprint.problems(401, because="The e-mail address or the password is wrong.")
@blueprint.response(200, TokenSchema)
def log_in(fields: dict[str, Any]) -> dict[str, Any]:
    """Log in and get an access token"""
    here = rooms(current_app)
    user_id = here.users.authenticate(fields["email"], fields["password"])
    minutes = here.settings.access_token_minutes
    return {"access_token": tokens.issue(user_id), "token_type": "Bearer", "expires_in": minutes * 60}
