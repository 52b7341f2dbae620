"""Tokens: JWT (RFC 7519), signed with HS256 and nothing else, by a key that their header names."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, wraps
from typing import Any

from flask import Flask, Response, g, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, decode_token, get_jwt
from flask_jwt_extended.exceptions import JWTExtendedException, WrongTokenError
from jwt import InvalidTokenError, PyJWTError

from webapp.auth.sessions import Session, Sessions, Successor
from webapp.core.clock import Clock
from webapp.core.errors import InvalidToken, Unauthorized
from webapp.core.signing_keys import Keys, key_id
from webapp.http.context import services
from webapp.http.problems import answer
from webapp.rest.idempotency import client_key

View = Callable[..., Any]

# The library reads the machine's clock. With this leeway it accepts all times; we check them by our clock.
ANY_TIME = timedelta(days=36500)
# How far the clocks of two machines may be apart.
SKEW_SECONDS = 60
# Verifying a token takes longer than counting a request, and a client sends the same token many times.
TOKENS_REMEMBERED = 4096

SCHEME = re.compile(r"\s*bearer\b", re.ASCII | re.IGNORECASE)
CREDENTIALS = re.compile(r"bearer +(?P<token>[A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)

MISSING = "Sign in first: send the header Authorization: Bearer <access_token>."
INVALID = "This token is not valid; log in again."
EXPIRED = "This token has expired; get a new one from POST /api/v1/auth/refresh, or log in again."
WRONG_KIND = "POST /api/v1/auth/refresh takes a refresh token, everything else an access token."


def init_app(app: Flask, keys: Keys, clock: Clock, sessions: Sessions) -> None:
    """Configure tokens, and raise our errors for bad ones."""
    app.config.update(
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_DECODE_LEEWAY=ANY_TIME,
        JWT_ENCODE_NBF=False,
        JWT_COOKIE_CSRF_PROTECT=False,
        JWT_TOKEN_LOCATION=["headers"],
    )
    manager = JWTManager(app)
    manager.encode_key_loader(lambda identity: _signing_key(keys))
    manager.additional_headers_loader(lambda identity: {"kid": key_id(_signing_key(keys))})
    manager.decode_key_loader(_key_finder(keys))
    manager.token_verification_loader(_verifier(clock, sessions))
    manager.unauthorized_loader(lambda reason: answer(Unauthorized(MISSING)))
    manager.invalid_token_loader(lambda reason: answer(InvalidToken(INVALID)))
    manager.expired_token_loader(lambda header, claims: answer(InvalidToken(EXPIRED)))
    app.register_error_handler(WrongTokenError, _wrong_kind)
    app.before_request(_normalize_header)


def issue(session: Session, successor: Successor | None = None) -> dict[str, Any]:
    """Make an access token and a refresh token for a session, as a client gets them.

    The refresh token is a new one, or the `successor` of one that was exchanged.
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


def current_session() -> Session:
    """The session whose token the current request carries."""
    return _session(get_jwt())


def current_token_id() -> str:
    """The id of the token that the current request carries."""
    return str(get_jwt()["jti"])


def bearer_token() -> str | None:
    """The token of the request's Authorization header; None if the header is absent or malformed.

    No other code reads the header, so authentication and rate limits agree about it. It holds one token after
    one or more spaces; the scheme may be in any case (RFC 9110, section 11.4; RFC 6750, section 2.1).
    """
    match = CREDENTIALS.fullmatch(request.headers.get("Authorization", "").strip(" \t"))
    return match["token"] if match else None


def token_user(clock: Clock) -> Callable[[], str]:
    """Return a function that names the user of the request's token, without a read.

    It returns the empty text unless one of our keys signed the token and the token has not expired.
    """
    verify = lru_cache(TOKENS_REMEMBERED)(_user_and_expiry)

    def user_id() -> str:
        token = bearer_token()
        if token is None:
            return ""
        try:
            found, expires = verify(token)
        except (JWTExtendedException, PyJWTError, ValueError):
            return ""
        return found if clock().timestamp() < expires else ""

    return user_id


def accepts_retry(view: View) -> View:
    """Accept, for a retry of a password change, a token that it ended; goes above `login_required`.

    The Idempotency-Key identifies the retry.
    """

    @wraps(view)
    def accepting(*args: Any, **kwargs: Any) -> Any:
        g.change_key = client_key()
        return view(*args, **kwargs)

    return accepting


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
    # Without a lifetime the library leaves `exp` to us, and so to our clock.
    return create(session.user_id, expires_delta=False, additional_claims=claims)


def _signing_key(keys: Keys) -> str:
    """Return the key of this request: the library asks for key and key id in two steps, so keep one key."""
    if "signing_key" not in g:
        g.signing_key = keys.ring().signing
    return str(g.signing_key)


def _key_finder(keys: Keys) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    def find(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        name = header.get("kid")
        secret = keys.find(name) if isinstance(name, str) else None
        if secret is None:
            raise InvalidTokenError("the token names an unknown key")
        return secret

    return find


def _verifier(clock: Clock, sessions: Sessions) -> Callable[[Mapping[str, Any], Mapping[str, Any]], bool]:
    def verify(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
        session, now = _session(claims), clock().timestamp()
        if claims["exp"] <= now:
            raise InvalidToken(EXPIRED)
        if claims["iat"] > now + SKEW_SECONDS:
            raise InvalidToken(INVALID)
        sessions.check(session, g.get("change_key"))
        return True

    return verify


def _session(claims: Mapping[str, Any]) -> Session:
    """Read the session from a token; raises InvalidToken when claims are missing or of another type."""
    kinds = {"sub": str, "sid": str, "jti": str, "gen": int, "iat": int, "exp": int}
    if not all(isinstance(claims.get(name), kind) for name, kind in kinds.items()):
        raise InvalidToken(INVALID)
    return Session(claims["sub"], claims["sid"], claims["gen"])


def _user_and_expiry(token: str) -> tuple[str, float]:
    """Read user and expiry from a token that one of our keys signed; raises ValueError without them."""
    match decode_token(token):
        case {"sub": str(user_id), "exp": int(expires)}:
            return user_id, expires
    raise ValueError("the claims sub and exp are required")


def _wrong_kind(error: WrongTokenError) -> Response:
    return answer(InvalidToken(WRONG_KIND))


def _normalize_header() -> None:
    """Rewrite the header for flask-jwt-extended, which would accept more than `bearer_token` does."""
    header = request.environ.get("HTTP_AUTHORIZATION")
    if header is None:
        return
    token = bearer_token()
    if token is not None:
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    elif SCHEME.match(header):
        # The library refuses this value, but in the original header it could find a token
        request.environ["HTTP_AUTHORIZATION"] = "Bearer"
    else:
        del request.environ["HTTP_AUTHORIZATION"]
