"""Issues tokens: JWT (RFC 7519), signed with HS256. The header of a token contains the id of the key."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import g
from flask_jwt_extended import create_access_token, create_refresh_token

from webapp.auth.sessions import Session, Successor
from webapp.core.signing_keys import Keys
from webapp.http.context import services


def issue(session: Session, successor: Successor | None = None) -> dict[str, Any]:
    """Make an access token and a refresh token for a session, as a client gets them.

    The refresh token is a new one, or `successor`, which replaces a refresh token that was exchanged.
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
    """Return the key of this request, always the same one: the library asks for it and its id separately."""
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
    """Sign a token; without an `identity` it gets a random id."""
    seconds = int(issued_at.timestamp())
    claims = {
        "sid": session.session_id,
        "gen": session.token_generation,
        "iat": seconds,
        "exp": seconds + int(lifetime.total_seconds()),
        **(identity or {}),
    }
    # Without a lifetime the library does not set `exp`, so `exp` is the value above, from our clock.
    return create(session.user_id, expires_delta=False, additional_claims=claims)
