"""Proxies: whose word counts on where a request comes from and whether it came over TLS."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask, trusted: int) -> None:
    """Believe the last `trusted` entries of `X-Forwarded-For`; what a client forged stands before them.

    `X-Forwarded-Proto` has one entry: load balancers set it, and nginx passes it on.
    """
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=1)  # type: ignore[method-assign]
