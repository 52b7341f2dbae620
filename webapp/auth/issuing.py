"""Issues tokens: JWT (RFC 7519), signed with HS256. The token header contains the id of the signing key."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import g
from flask_jwt_extended import create_access_token, create_refresh_token

from webapp.auth.sessions import Session, Successor
from webapp.credentials.signing_keys import Keys
from webapp.http.context import services


def issue(session: Session, successor: Successor | None = None) -> dict[str, Any]:
    """Create an access token and a refresh token for a session; returns the JSON object of the response.

    If the client exchanged a refresh token, `successor` is the refresh token that replaces the old one.
    """
    now, settings = services().clock(), services().settings
    minutes, days = settings.access_token_minutes, settings.refresh_token_days
    access = _encode(create_access_token, session, now, timedelta(minutes=minutes))
    if successor is None:
        refresh = _encode(create_refresh_token, session, now, timedelta(days=days))
    else:
        lifetime, identity = timedelta(days=days), {"jti": successor.token_id}
        refresh = _encode(create_refresh_token, session, successor.issued_at, lifetime, identity)
    return {
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": minutes * 60,
    }


def signing_key(keys: Keys) -> str:
    """Return the signing key, always the same during a request.

    flask-jwt-extended asks for the key and for the key id separately, and both must belong together.
    """
    if "signing_key" not in g:
        g.signing_key = keys.ring().signing
    return str(g.signing_key)


def _encode(
    create: Callable[..., str],
    session: Session,
    issued_at: datetime,
    lifetime: timedelta,
    identity: Mapping[str, str] | None = None,
) -> str:
    """Create a signed token; `identity` contains the claim `jti`, for which the default is a random id."""
    seconds = int(issued_at.timestamp())
    claims = {
        "sid": session.session_id,
        "gen": session.token_generation,
        "iat": seconds,
        "exp": seconds + int(lifetime.total_seconds()),
        **(identity or {}),
    }
    # With `expires_delta=False`, flask-jwt-extended does not set the claim `exp`, so the token has the `exp`
    # that was computed with the application's clock.
    return create(session.user_id, expires_delta=False, additional_claims=claims)
