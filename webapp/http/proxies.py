"""Trusted proxies: their headers state the client's address and whether the request used TLS."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask, trusted: int) -> None:
    """Trust the last `trusted` entries of `X-Forwarded-For`; a client can forge only the entries before them.

    `X-Forwarded-Proto` has one entry: the load balancer sets it, and nginx passes it on.
    """
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=1)  # type: ignore[method-assign]
