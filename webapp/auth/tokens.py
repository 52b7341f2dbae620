"""Checks tokens: JWT (RFC 7519), signed with HS256. The token header contains the id of the signing key."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache, wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    decode_token,
    get_jwt,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException, WrongTokenError
from jwt import InvalidTokenError, PyJWTError

from webapp.auth.issuing import signing_key
from webapp.auth.sessions import Session, Sessions
from webapp.auth.token_reader import TokenReader
from webapp.core.clock import Clock
from webapp.core.errors import InvalidToken, Unauthorized
from webapp.credentials.signing_keys import Keys, key_id
from webapp.http.context import TOKEN_CHECK, sign_in
from webapp.http.problems import answer
from webapp.rest.idempotency import client_key

View = Callable[..., Any]

# flask-jwt-extended compares the times in a token with the machine's clock, and with this leeway accepts
# every time. Then `check_session` compares the times with the application's clock, which tests can set.
ANY_TIME = timedelta(days=36500)
# The maximum difference between the clocks of two machines.
SKEW_SECONDS = 60
# The number of verified tokens that a process remembers for the rate limits. A client sends the same token
# many times, and to verify a token takes longer than to count a request.
TOKENS_REMEMBERED = 4096

# A placeholder for the claims of a request whose token has not been read.
UNREAD: Mapping[str, Any] = {}

SCHEME = re.compile(r"\s*bearer\b", re.ASCII | re.IGNORECASE)
CREDENTIALS = re.compile(r"bearer +(?P<token>[A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)

MISSING = "Log in first, then send the header Authorization: Bearer <access_token>."
INVALID = "This token is not valid; log in again."
EXPIRED = "This token has expired; get a new one from POST /api/v1/auth/refresh, or log in again."
WRONG_KIND = "POST /api/v1/auth/refresh needs a refresh token; every other request needs an access token."


def init_app(app: Flask, keys: Keys, clock: Clock, sessions: Sessions) -> None:
    """Configure flask-jwt-extended, so that requests with missing or invalid tokens get problem responses."""
    app.config.update(
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_DECODE_LEEWAY=ANY_TIME,
        JWT_ENCODE_NBF=False,
        JWT_COOKIE_CSRF_PROTECT=False,
        JWT_TOKEN_LOCATION=["headers"],
    )
    manager = JWTManager(app)
    manager.encode_key_loader(lambda identity: signing_key(keys))
    manager.additional_headers_loader(lambda identity: {"kid": key_id(signing_key(keys))})
    manager.decode_key_loader(_key_finder(keys))
    manager.token_verification_loader(_verifier(clock, sessions))
    manager.unauthorized_loader(lambda reason: answer(Unauthorized(MISSING)))
    manager.invalid_token_loader(lambda reason: answer(InvalidToken(INVALID)))
    manager.expired_token_loader(lambda header, claims: answer(InvalidToken(EXPIRED)))
    app.register_error_handler(WrongTokenError, _wrong_kind)
    app.extensions[TOKEN_CHECK] = TokenChecker(TokenReader(keys), clock, sessions)


def current_session() -> Session:
    """The session whose token the current request carries."""
    return _session(g.claims)


def current_token_id() -> str:
    """The id of the token that the current request carries."""
    return str(g.claims["jti"])


def bearer_token() -> str | None:
    """The token of the request's Authorization header; None if the header is absent or malformed.

    No other code reads the header, so authentication and rate limits use the same token. The header contains
    the scheme `Bearer` in upper or lower case, one or more spaces, and one token (RFC 9110, section 11.4; RFC
    6750, section 2.1).
    """
    match = CREDENTIALS.fullmatch(request.environ.get("HTTP_AUTHORIZATION", "").strip(" \t"))
    return match["token"] if match else None


def token_user(clock: Clock) -> Callable[[], str]:
    """Return a function that reads the user id from the request's token, and does not use the database.

    The function returns the user id if one of our keys signed the token and the token has not expired, else
    an empty string.
    """
    verify = lru_cache(TOKENS_REMEMBERED)(_user_and_expiry)

    def user_id() -> str:
        checker: TokenChecker = current_app.extensions[TOKEN_CHECK]
        claims, token = checker.usual_claims(), bearer_token()
        if claims is not None:
            found, expires = claims["sub"], claims["exp"]
        elif token is None:
            return ""
        else:
            try:
                found, expires = verify(token)
            except (JWTExtendedException, PyJWTError, ValueError):
                return ""
        return found if clock().timestamp() < expires else ""

    return user_id


class TokenChecker:
    """Checks the token of a request; the token is parsed once, and the rate limits use the same claims."""

    def __init__(self, reader: TokenReader, clock: Clock, sessions: Sessions) -> None:
        self._reader = reader
        self._clock = clock
        self._sessions = sessions

    def __call__(self, refresh: bool) -> None:
        """Check the token and call `sign_in`; raises InvalidToken or an error of flask-jwt-extended."""
        claims = self.usual_claims()
        if claims is None:
            _normalize_header()
            verify_jwt_in_request(refresh=refresh)
            claims = get_jwt()
        elif claims["type"] != ("refresh" if refresh else "access"):
            raise InvalidToken(WRONG_KIND)
        else:
            check_session(claims, self._clock, self._sessions)
        g.claims = claims
        sign_in(str(claims["sub"]))

    def usual_claims(self) -> Mapping[str, Any] | None:
        """Return the claims of the request's token if `TokenReader` accepts the token, else None."""
        found: Mapping[str, Any] | None = g.get("usual_claims", UNREAD)
        if found is UNREAD:
            token = bearer_token()
            found = g.usual_claims = None if token is None else self._reader.read(token)
        return found


def accepts_retry(view: View) -> View:
    """Let a view accept the old token for a retry of a password change.

    The Idempotency-Key identifies the retry. Write this decorator above `login_required`.
    """

    @wraps(view)
    def accepting(*args: Any, **kwargs: Any) -> Any:
        g.change_key = client_key()
        return view(*args, **kwargs)

    return accepting


def reads_session(view: View) -> View:
    """Let a view read the session from the database instead of memory.

    Views that change an account need this decorator, because they must reject a token that another process
    has just revoked. Write this decorator above `login_required`.
    """

    @wraps(view)
    def reading(*args: Any, **kwargs: Any) -> Any:
        g.reads_session = True
        return view(*args, **kwargs)

    return reading


def _key_finder(keys: Keys) -> Callable[[Mapping[str, Any], Mapping[str, Any]], str]:
    def find(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        name = header.get("kid")
        secret = keys.find(name) if isinstance(name, str) else None
        if secret is None:
            raise InvalidTokenError("the header of the token names an unknown key")
        return secret

    return find


def _verifier(clock: Clock, sessions: Sessions) -> Callable[[Mapping[str, Any], Mapping[str, Any]], bool]:
    def verify(header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
        check_session(claims, clock, sessions)
        return True

    return verify


def check_session(claims: Mapping[str, Any], clock: Clock, sessions: Sessions) -> None:
    """Check the times and the session of a token whose signature is valid; raises InvalidToken."""
    session, now = _session(claims), clock().timestamp()
    if claims["exp"] <= now:
        raise InvalidToken(EXPIRED)
    if claims["iat"] > now + SKEW_SECONDS:
        raise InvalidToken(INVALID)
    read = claims.get("type") == "refresh" or "reads_session" in g
    sessions.check(session, g.get("change_key"), read=read)


def _session(claims: Mapping[str, Any]) -> Session:
    """Read the session from claims; raises InvalidToken when a claim is missing or has a wrong type."""
    kinds = {"sub": str, "sid": str, "jti": str, "gen": int, "iat": int, "exp": int}
    if not all(isinstance(claims.get(name), kind) for name, kind in kinds.items()):
        raise InvalidToken(INVALID)
    return Session(claims["sub"], claims["sid"], claims["gen"])


def _user_and_expiry(token: str) -> tuple[str, float]:
    """Return the user id and the expiry of a signed token; raises ValueError if a claim is missing."""
    match decode_token(token):
        case {"sub": str(user_id), "exp": int(expires)}:
            return user_id, expires
    raise ValueError("the claims sub and exp are required")


def _wrong_kind(error: WrongTokenError) -> Response:
    return answer(InvalidToken(WRONG_KIND))


def _normalize_header() -> None:
    """Rewrite the Authorization header, so that flask-jwt-extended finds the same token as `bearer_token`.

    flask-jwt-extended would also accept forms of the header that `bearer_token` rejects.
    """
    header = request.environ.get("HTTP_AUTHORIZATION")
    if header is None:
        return
    token = bearer_token()
    if token is not None:
        request.environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    elif SCHEME.match(header):
        # flask-jwt-extended refuses a header without a token, but could find a token in the original header.
        request.environ["HTTP_AUTHORIZATION"] = "Bearer"
    else:
        del request.environ["HTTP_AUTHORIZATION"]
