"""Security headers of every answer."""

from flask import Flask, Response, request

# Swagger UI starts itself with one inline script, and styles itself inline.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"


def init_app(app: Flask) -> None:
    """Add the headers after every request."""
    app.after_request(_secure)


def _secure(response: Response) -> Response:
    docs = request.path.startswith("/docs")
    response.headers["Content-Security-Policy"] = DOCS_POLICY if docs else API_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if not docs:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
