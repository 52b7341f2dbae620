"""Rate limits per user or address, with their headers (draft-ietf-httpapi-ratelimit-headers-11).

A limit allows a number of requests in a window of fixed length. The window begins with the first request of a
caller: a user or an address (docs/decisions/0010).
"""

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Flask, Response, g, request
from pymongo.errors import PyMongoError

from webapp.core.clock import Clock
from webapp.core.errors import Busy, TooManyRequests
from webapp.core.settings import Settings
from webapp.database.connection import Database
from webapp.http.context import current_request, refuse
from webapp.http.problems import answer
from webapp.limits.counters import Counter, DatabaseCounter, Window, shared_counter

logger = logging.getLogger(__name__)

# The requests by which an attacker can guess passwords or tokens, or find registered addresses, and all other
# requests that need a password hash.
SIGN_IN = {
    ("POST", "/api/v1/users"),
    ("PATCH", "/api/v1/users/<user_id>"),
    ("DELETE", "/api/v1/users/<user_id>"),
    ("PUT", "/api/v1/users/me/password"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
}
# The prefix length of the IPv6 networks that providers assign to a household or a server, which may use every
# address of its network.
IPV6_PREFIX = 64
UNIT_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Policy:
    """A limit of `amount` requests in each window of `seconds`; the headers contain its `name`."""

    name: str
    amount: int
    seconds: int

    @classmethod
    def parse(cls, name: str, text: str) -> "Policy | None":
        """Read a limit such as 600/minute; returns None for the empty text, which means no limit."""
        if not text:
            return None
        amount, _, unit = text.partition("/")
        return cls(name, int(amount), UNIT_SECONDS[unit])


class Limit:
    """A policy, and the counter of the requests that it limits."""

    def __init__(self, policy: Policy, counter: Counter, environment: str) -> None:
        self._policy = policy
        self._counter = counter
        self._prefix = f"{environment}:{policy.name}:"
        self._stated = f'"{policy.name}";q={policy.amount};w={policy.seconds}'

    def count(self, caller: str) -> None:
        """Count the current request for a caller; raises TooManyRequests beyond the limit."""
        policy = self._policy
        window = self._counter.hit(self._prefix + caller, policy.seconds, policy.amount)
        seconds = _whole(window)
        left = max(0, policy.amount - window.used)
        g.setdefault("limits", []).append((self._stated, f'"{policy.name}";r={left};t={seconds}'))
        if window.used > policy.amount:
            raise TooManyRequests(f"Too many requests; try again in {seconds} s.", retry_after=seconds)


class SignInLimit(Limit):
    """The limit of the sign-in requests (SIGN_IN); a request that is refused with Busy is not counted."""

    def __init__(self, policy: Policy, counter: DatabaseCounter, environment: str) -> None:
        super().__init__(policy, counter, environment)
        self._database_counter = counter

    def count_request(self) -> None:
        """Count the current request if it is one of SIGN_IN; raises TooManyRequests beyond the limit."""
        sent = current_request()
        if sent.url_rule is not None and (sent.method, sent.url_rule.rule) in SIGN_IN:
            self.count(_address())
            g.counted_sign_in = True

    def refuse_busy(self, error: Busy) -> Response:
        """Remove the request from the count of its address, and return the problem response for the error."""
        if g.pop("counted_sign_in", False):
            try:
                self._database_counter.give_back(self._prefix + _address())
            except (Busy, PyMongoError) as failure:
                # If the count cannot be changed, the client may get status 429 one request too early in this
                # window.
                logger.warning("rate limits: a refused request stays counted: %s", failure)
        return answer(error)


def init_app(app: Flask, settings: Settings, clock: Clock, user_id: Callable[[], str]) -> None:
    """Count every request for its user or its address, except health checks and preflights (OPTIONS).

    `user_id` returns the user id in the request's token, or the empty text without a valid token. If
    RATE_LIMIT_STORAGE_URI names a store, all machines share the counts; otherwise only the processes of this
    machine share the counts.
    """
    counter = shared_counter(settings, clock)
    of_user = _limit("user", settings.rate_limit_user, counter, settings)
    of_address = _limit("address", settings.rate_limit_address, counter, settings)
    if of_user or of_address:
        app.before_request(partial(_count, of_user, of_address, user_id))
    app.after_request(_state)


def init_sign_in(app: Flask, settings: Settings, clock: Clock, database: Database) -> None:
    """Count the requests in SIGN_IN also in the database, by address, so that all machines share the count.

    Call this function after `CircuitBreaker.init_app`, which refuses requests while the database is
    unavailable.
    """
    policy = Policy.parse("sign-in", settings.rate_limit_sign_in)
    if policy:
        limit = SignInLimit(policy, DatabaseCounter(database, clock), settings.environment)
        app.before_request(limit.count_request)
        app.register_error_handler(Busy, limit.refuse_busy)


def _limit(name: str, text: str, counter: Counter, settings: Settings) -> Limit | None:
    policy = Policy.parse(name, text)
    return None if policy is None else Limit(policy, counter, settings.environment)


def _count(of_user: Limit | None, of_address: Limit | None, user_id: Callable[[], str]) -> None:
    sent = current_request()
    if sent.method == "OPTIONS" or sent.blueprint == "Health":
        return
    user = user_id()
    limit = of_user if user else of_address
    if limit:
        try:
            limit.count(user or _address())
        except TooManyRequests:
            refuse(user)
            raise


def _address() -> str:
    """Return the client's IPv4 address or IPv6 network; a client may use every address of its network."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "(unknown)"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_PREFIX), strict=False))
    return str(address)


def _state(response: Response) -> Response:
    """Add the headers with the limits of this request, and the number of requests left in each window."""
    if limits := g.get("limits"):
        response.headers.add("RateLimit-Policy", ", ".join([policy for policy, _ in limits]))
        response.headers.add("RateLimit", ", ".join([rest for _, rest in limits]))
    return response


def _whole(window: Window) -> int:
    return max(1, math.ceil(window.seconds_left))
