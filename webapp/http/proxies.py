"""The client's address and the use of TLS come from trusted proxies; no header is trusted for the host."""

from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask, trusted: int) -> None:
    """Trust the last `trusted` entries of `X-Forwarded-For`; a client can forge only the entries before them.

    `X-Forwarded-Proto` has one entry: the load balancer sets it, and nginx passes it on. No response uses the
    `Host` header, because a client can send any name to a process behind a load balancer.
    """
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=1)  # type: ignore[method-assign]
    app.after_request(_keep_host_out)


def _keep_host_out(response: Response) -> Response:
    """Redirect to a path without a host; werkzeug puts the `Host` of the request before the path."""
    if response.location is not None and 300 <= response.status_code < 400:
        path = urlsplit(response.location)._replace(scheme="", netloc="").geturl()
        response.location = "/" + path.lstrip("/")
        # The HTML body of the redirect contains the host as well.
        response.data = b""
    return response
