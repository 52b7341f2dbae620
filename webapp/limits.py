"""Rate limits of each user and address, told in headers (draft-ietf-httpapi-ratelimit-headers-11).

Flask-Limiter counts in fixed windows, which begin with a caller's first request (docs/decisions/0010).
"""

import logging
import math
import time
from collections.abc import Callable
from functools import lru_cache, partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Flask, Response, g, request
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit
from jwt.exceptions import PyJWTError
from limits.errors import StorageError

from webapp.core.clock import Clock
from webapp.core.errors import TooManyRequests
from webapp.core.settings import Settings
from webapp.http.problems import answer

# Where passwords and tokens can be guessed, or each request costs a password hash.
SIGN_IN = {
    ("POST", "/api/v1/users"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("PUT", "/api/v1/users/me/password"),
}
# What one household or server gets of IPv6; within it, addresses are chosen freely.
IPV6_PREFIX = 64
# Verifying a token takes longer than counting; those of clients at work come again and again.
TOKENS_REMEMBERED = 4096
# A storage that is away costs one request this long, now and then; meanwhile each process counts for itself.
STORAGE_SECONDS = 0.5


def init_app(app: Flask, settings: Settings, clock: Clock) -> None:
    """Count every request but those about health and those that browsers send ahead (OPTIONS)."""
    verify = lru_cache(TOKENS_REMEMBERED)(_verify)
    app.before_request(lambda: setattr(g, "limited_user", _bearer(verify, clock)))
    limiter = Limiter(
        _address,
        application_limits=[
            _limit("user", settings.rate_limit_user, _user_id, unless=lambda: not _user_id()),
            _limit("address", settings.rate_limit_address, _address, unless=lambda: bool(_user_id())),
            _limit("sign-in", settings.rate_limit_sign_in, _address, unless=lambda: not _signs_in()),
        ],
        storage_uri=settings.rate_limit_storage_uri,
        storage_options=_storage_options(settings.rate_limit_storage_uri),
        strategy="fixed-window",
        key_prefix=settings.environment,
        in_memory_fallback_enabled=True,
        fail_on_first_breach=False,
        # Flask-Limiter counts nothing that has no endpoint, but unknown paths are asked for too.
        request_identifier=lambda: request.endpoint or "(none)",
    )
    # At INFO it writes addresses down.
    limiter.logger.setLevel(logging.WARNING)
    limiter.request_filter(_is_free)
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, partial(_refuse, limiter))
    app.after_request(partial(_tell, limiter))


def _limit(name: str, limit: str, key: Callable[[], str], unless: Callable[[], bool]) -> ApplicationLimit:
    return ApplicationLimit(limit_provider=limit, key_function=key, scope=name, exempt_when=unless)


def _storage_options(uri: str) -> dict[str, Any]:
    options: dict[str, Any] = {"wrap_exceptions": True}
    if uri.startswith("redis"):
        options |= {"socket_connect_timeout": STORAGE_SECONDS, "socket_timeout": STORAGE_SECONDS}
    return options


def _is_free() -> bool:
    return request.method == "OPTIONS" or request.blueprint == "Health"


def _signs_in() -> bool:
    return request.url_rule is not None and (request.method, request.url_rule.rule) in SIGN_IN


def _address() -> str:
    """The client's address; of IPv6 the network, since whoever has one address there has all of them."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "(unknown)"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


def _user_id() -> str:
    found: str = g.limited_user
    return found


def _bearer(verify: Callable[[str], tuple[str, float]], clock: Clock) -> str:
    """The user whose valid token came along; empty without one, so a forged token counts as nobody's."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        return ""
    try:
        user_id, expires = verify(token)
    except (JWTExtendedException, PyJWTError, ValueError):
        return ""
    return user_id if clock().timestamp() < expires else ""


def _verify(token: str) -> tuple[str, float]:
    """Read user and end of life off a token that one of our keys signed; raises ValueError without them."""
    match decode_token(token):
        case {"sub": str(user_id), "exp": int(expires)}:
            return user_id, expires
    raise ValueError("a token of ours has both")


def _refuse(limiter: Limiter, error: RateLimitExceeded) -> Response:
    seconds = max((_seconds_left(each) for each in limiter.current_limits if each.breached), default=1)
    return answer(TooManyRequests(f"Too many requests; try again in {seconds} s.", retry_after=seconds))


def _tell(limiter: Limiter, response: Response) -> Response:
    try:
        states = [(_name(each), each, each.remaining, _seconds_left(each)) for each in limiter.current_limits]
    except StorageError:
        return response
    if states:
        response.headers["RateLimit-Policy"] = ", ".join(
            f'"{name}";q={each.limit.amount};w={each.limit.get_expiry()}' for name, each, _, _ in states
        )
        response.headers["RateLimit"] = ", ".join(
            f'"{name}";r={left};t={wait}' for name, _, left, wait in states
        )
    return response


def _name(state: RequestLimit) -> str:
    return state.request_args[-1]


def _seconds_left(state: RequestLimit) -> int:
    """Whole seconds until the window ends; its end is told on the clock that Flask-Limiter reads."""
    return max(1, math.ceil(state.window.reset_time - time.time()))
