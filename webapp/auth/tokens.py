"""Tokens: JWT (RFC 7519), signed with HS256 and nothing else, by a key that their header names."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, request
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, get_jwt
from flask_jwt_extended.exceptions import WrongTokenError
from jwt import InvalidTokenError

from webapp.auth.sessions import Session, Sessions
from webapp.core.clock import Clock
from webapp.core.errors import InvalidToken, Unauthorized
from webapp.core.signing_keys import Keys, key_id
from webapp.http.context import services
from webapp.http.problems import answer

# The library reads the machine's clock; it is told to let all times pass, since ours is asked right after.
ANY_TIME = timedelta(days=36500)
# How far the clocks of two machines may be apart.
SKEW_SECONDS = 60

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
    app.before_request(_spell_scheme)


def issue(session: Session) -> dict[str, Any]:
    """Make an access token and a refresh token for a session, as a client gets them."""
    now, settings = int(services().clock().timestamp()), services().settings
    shared = {"sid": session.session_id, "gen": session.generation, "iat": now}
    lifetimes = (
        (create_access_token, timedelta(minutes=settings.access_token_minutes)),
        (create_refresh_token, timedelta(days=settings.refresh_token_days)),
    )
    access, refresh = (
        # Without a lifetime the library leaves `exp` to us, and so to our clock.
        create(
            session.user_id,
            expires_delta=False,
            additional_claims={**shared, "exp": now + int(lifetime.total_seconds())},
        )
        for create, lifetime in lifetimes
    )
    expires_in = settings.access_token_minutes * 60
    return {
        "access_token": access,
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": expires_in,
    }


def current_session() -> Session:
    """The session whose token the current request carries."""
    return _session(get_jwt())


def current_token_id() -> str:
    """The id of the token that the current request carries."""
    return str(get_jwt()["jti"])


def _signing_key(keys: Keys) -> str:
    """The key of this request: the library asks for it and for its name apart, and it may rotate between."""
    if "signing_key" not in g:
        g.signing_key = keys.ring().signing
    return str(g.signing_key)


def _key_finder(keys: Keys) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    def find(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        name = header.get("kid")
        secret = keys.find(name) if isinstance(name, str) else None
        if secret is None:
            raise InvalidTokenError("not a key of ours")
        return secret

    return find


def _verifier(clock: Clock, sessions: Sessions) -> Callable[[Mapping[str, Any], Mapping[str, Any]], bool]:
    def verify(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
        session, now = _session(claims), clock().timestamp()
        if claims["exp"] <= now:
            raise InvalidToken(EXPIRED)
        if claims["iat"] > now + SKEW_SECONDS:
            raise InvalidToken(INVALID)
        sessions.check(session)
        return True

    return verify


def _session(claims: Mapping[str, Any]) -> Session:
    """Read the session off a token; raises InvalidToken when claims are missing or of another type."""
    kinds = {"sub": str, "sid": str, "jti": str, "gen": int, "iat": int, "exp": int}
    if not all(isinstance(claims.get(name), kind) for name, kind in kinds.items()):
        raise InvalidToken(INVALID)
    return Session(claims["sub"], claims["sid"], claims["gen"])


def _wrong_kind(error: WrongTokenError) -> Response:
    return answer(InvalidToken(WRONG_KIND))


def _spell_scheme() -> None:
    """Spell the scheme of Authorization as the library does: it is the same in any case (RFC 9110)."""
    scheme, space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer{space}{token}"
