"""Timeouts, limits and numbers of proxies agree in all layers between the client and the application.

A request passes the load balancer (the stack), nginx (.platform) and the server (gunicorn.conf.py). Each
layer waits longer than the next layer. So the layer that knows the reason of a failure sends the response.
"""

import re
import runpy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import pytest
import yaml  # type: ignore[import-untyped]  # we install no type stubs for it

from tests.cloudformation.rules.beanstalk import options
from tests.cloudformation.rules.core import Json
from tools.data_folder import ROOT

# The keep-alive timeout in seconds of Beanstalk's nginx.conf, which our files extend.
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.proxy.html
NGINX_KEEPALIVE = 60
# The load balancer and nginx each append an address to X-Forwarded-For; there is no other proxy.
HOPS = 2
PROCESS, BALANCER = "aws:elasticbeanstalk:environment:process:default", "aws:elbv2:loadbalancer"
VARIABLES = "aws:elasticbeanstalk:application:environment"


@dataclass(frozen=True)
class Chain:
    """The limits of all layers (seconds, bytes, numbers of proxies), each read from its file."""

    application: int
    graceful: int
    nginx_read: int
    nginx_send: int
    balancer: int
    deregistration: int
    readiness: float
    check_timeout: int
    check_interval: int
    proxies: int
    nginx_body: int
    application_body: float


def violations(chain: Chain) -> list[str]:
    """List the conditions that the chain violates; each condition compares values of two layers."""
    rules = {
        "application < nginx": chain.application < min(chain.nginx_read, chain.nginx_send),
        "nginx < load balancer": max(chain.nginx_read, chain.nginx_send) < chain.balancer,
        "load balancer < nginx's idle connections": chain.balancer < NGINX_KEEPALIVE,
        "readiness < health check": chain.readiness < chain.check_timeout < chain.check_interval,
        "application <= deregistration": chain.application <= chain.deregistration,
        "graceful stop <= deregistration": chain.graceful <= chain.deregistration,
        "proxies = hops": chain.proxies == HOPS,
        "nginx's body limit = the application's": chain.nginx_body == chain.application_body,
    }
    return [name for name, holds in rules.items() if not holds]


@cache
def _server() -> dict[str, int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JWT_SECRET_KEY", "x" * 32)
        patch.setenv("MONGODB_URI", "mongodb://127.0.0.1/")
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


def _constant(name: str) -> float:
    """Return the number that exactly one module of the API assigns to this name."""
    pattern = re.compile(rf"^{name}(?:: Final)? = ([\d_. *]+)", re.MULTILINE)
    found = [
        match[1] for path in (ROOT / "webapp").rglob("*.py") for match in pattern.finditer(path.read_text())
    ]
    (expression,) = found
    product = 1.0
    for factor in expression.split("*"):
        product *= float(factor)
    return product


def _nginx(directive: str) -> str:
    text = (ROOT / ".platform/nginx/conf.d/api.conf").read_text()
    (value,) = re.findall(rf"^{directive} (\w+);", text, re.MULTILINE)
    return str(value)


@pytest.fixture
def chain(template: Json) -> Chain:
    settings = yaml.safe_load((ROOT / ".ebextensions/options.config").read_text())["option_settings"]
    stack = {(space, name): value for space, name, value in options(template)}
    merged = {
        **{(space, name): value for space, names in settings.items() for name, value in names.items()},
        **stack,
    }
    process = {name: value for (space, name), value in merged.items() if space == PROCESS}
    server = _server()
    return Chain(
        application=int(server["timeout"]),
        graceful=int(server["graceful_timeout"]),
        nginx_read=int(_nginx("proxy_read_timeout").removesuffix("s")),
        nginx_send=int(_nginx("proxy_send_timeout").removesuffix("s")),
        balancer=int(merged[BALANCER, "IdleTimeout"]),
        deregistration=int(process["DeregistrationDelay"]),
        readiness=_constant("PING_SECONDS"),
        check_timeout=int(process["HealthCheckTimeout"]),
        check_interval=int(process["HealthCheckInterval"]),
        proxies=int(merged[VARIABLES, "TRUSTED_PROXIES"]),
        nginx_body=int(_nginx("client_max_body_size").removesuffix("m")) * 1024**2,
        application_body=_constant("MAX_BODY_BYTES"),
    )


@pytest.mark.parametrize("stack", ["webapp"])
def test_each_layer_waits_longer_than_the_next(chain: Chain) -> None:
    assert violations(chain) == []


@pytest.mark.parametrize("stack", ["webapp"])
@pytest.mark.parametrize("environment", ["dev"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda chain: replace(chain, check_timeout=1),
        lambda chain: replace(chain, proxies=1),
        lambda chain: replace(chain, nginx_read=120),
        lambda chain: replace(chain, application=chain.nginx_read + 1),
        lambda chain: replace(chain, balancer=NGINX_KEEPALIVE + 1),
        lambda chain: replace(chain, deregistration=5),
        lambda chain: replace(chain, nginx_body=1024),
    ],
)
def test_broken_chain_is_noticed(damage: Callable[[Chain], Chain], chain: Chain) -> None:
    assert violations(damage(chain))
