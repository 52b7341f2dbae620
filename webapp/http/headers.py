"""Security headers of every response."""

from flask import Flask, Response

from webapp.http.context import current_request

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
# Swagger UI and ReDoc use inline styles.
SWAGGER_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# ReDoc builds its search index in a worker that it creates from a blob.
REDOC_POLICY = f"{SWAGGER_POLICY}; worker-src blob:"
# The start page and the insights page have no inline script or style. A script handles the forms of these
# pages. Without the script, a browser would put the password into the URL of a request, so the policy forbids
# the submission of forms.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
# The team report is one file with inline styles and one script. The policy in the file itself allows only
# this script, by its hash.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# The policies of the pages by the first segment of the path.
PAGE_POLICIES = {
    "docs": SWAGGER_POLICY,
    "redoc": REDOC_POLICY,
    "insights": PAGE_POLICY,
    "report": REPORT_POLICY,
    "": PAGE_POLICY,
}

# Browsers use only TLS for two years (HSTS), as the HSTS preload list requires.
TRANSPORT_POLICY = "max-age=63072000; includeSubDomains"

ALWAYS_WITH_POLICY = {
    policy: [*ALWAYS.items(), ("Content-Security-Policy", policy)]
    for policy in (API_POLICY, *PAGE_POLICIES.values())
}


def init_app(app: Flask) -> None:
    """Add the security headers to every response."""
    app.after_request(_secure)


def _secure(response: Response) -> Response:
    sent, headers = current_request(), response.headers
    path = sent.path
    page = None if path.startswith("/api/") else PAGE_POLICIES.get(path.split("/")[1])
    # No other code sets these headers, so `extend` adds them, which is faster than replacing earlier values.
    headers.extend(ALWAYS_WITH_POLICY[page or API_POLICY])
    if sent.is_secure:
        headers["Strict-Transport-Security"] = TRANSPORT_POLICY
    if response.status_code >= 400:
        headers["Cache-Control"] = "no-store"
    headers.setdefault("Cache-Control", "no-store")
    if response.status_code == 204:
        # Flask adds Content-Type to every response, but a response with status 204 has no content.
        response.headers.remove("Content-Type")
    return response
