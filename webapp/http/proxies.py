"""Takes the client's address and the use of TLS from trusted proxies; trusts no header for the host."""

from urllib.parse import urlsplit

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix


def init_app(app: Flask, trusted: int) -> None:
    """Trust the last `trusted` entries of `X-Forwarded-For`; clients can forge only the earlier entries.

    `X-Forwarded-Proto` has one entry: the load balancer sets it, and nginx does not change it. No response
    uses the `Host` header, because clients can send any host name.
    """
    if trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=1)  # type: ignore[method-assign]
    app.after_request(_keep_host_out)


def _keep_host_out(response: Response) -> Response:
    """Remove the host from the Location of a redirect; werkzeug takes it from the request's `Host` header."""
    if 300 <= response.status_code < 400 and response.location is not None:
        path = urlsplit(response.location)._replace(scheme="", netloc="").geturl()
        response.location = "/" + path.lstrip("/")
        # werkzeug's HTML contains the host as well, so the body is removed.
        response.data = b""
    return response
