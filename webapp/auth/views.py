"""Views to log in, to refresh tokens, and to log out."""

from typing import Any

from webapp.auth import issuing, tokens
from webapp.auth.authenticator import Authenticator
from webapp.auth.schemas import LoginSchema, LogoutQuerySchema, TokenSchema
from webapp.auth.sessions import Sessions
from webapp.http.context import service
from webapp.rest.smorest import Blueprint

blueprint = Blueprint(
    "Auth", __name__, url_prefix="/api/v1/auth", description="Begin, refresh and end sessions."
)


@blueprint.post("/login")
@blueprint.arguments(LoginSchema)
@blueprint.problems(401, description="The e-mail address or the password is wrong.")
@blueprint.problems(429)
@blueprint.response(200, TokenSchema)
def log_in(fields: dict[str, Any]) -> dict[str, Any]:
    """Log in and get tokens

    After ten wrong passwords, every login of the account is refused for fifteen minutes, even with the right
    password.
    """
    user = service(Authenticator).authenticate(fields["email"], fields["password"])
    return issuing.issue(service(Sessions).begin(user))


@blueprint.post("/refresh")
@blueprint.refresh_required
@blueprint.response(200, TokenSchema)
def refresh_tokens() -> dict[str, Any]:
    """Exchange the refresh token for new tokens

    For 30 seconds, you can send the old refresh token again: while the new refresh token is unused, you get
    the same new token. So two tabs can refresh at the same time, and you can retry after a lost response. Any
    other use of the old refresh token ends the session.
    """
    session = tokens.current_session()
    successor = service(Sessions).exchange(session, tokens.current_token_id())
    return issuing.issue(session, successor)


@blueprint.post("/logout")
@blueprint.login_required
@blueprint.arguments(LogoutQuerySchema, location="query")
@blueprint.response(204)
def log_out(query: dict[str, bool]) -> None:
    """Log out: end this session, or all your sessions"""
    sessions, session = service(Sessions), tokens.current_session()
    if query["everywhere"]:
        sessions.end_all(session.user_id)
    else:
        sessions.end(session)
