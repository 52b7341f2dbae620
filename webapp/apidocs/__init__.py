"""The front door: Swagger UI, served from our own host."""

from flask import Flask
from flask_swagger_ui import get_swaggerui_blueprint

INTRODUCTION = """
Keep tasks, and see what became of them: every change is recorded, and every hour the record becomes insight.

1. **Register** with `POST /api/v1/users`.
2. **Log in** with `POST /api/v1/auth/login` and copy the `access_token`.
3. **Authorize** (the button with the lock), paste it once, and try everything below.

Errors are `application/problem+json` (RFC 9457). An `Idempotency-Key` makes retrying a write safe.
"""


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}


SPEC_OPTIONS = {
    "info": {
        "description": INTRODUCTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "servers": [{"url": "/", "description": "This host"}],
    "components": {
        "securitySchemes": {
            "bearerAuth": _bearer("The `access_token` of POST /api/v1/auth/login."),
            "refreshAuth": _bearer("The `refresh_token` of POST /api/v1/auth/login, good for one use."),
        }
    },
}


def init_app(app: Flask) -> None:
    """Serve Swagger UI under /docs; it works offline and keeps the token over reloads."""
    config = {
        "app_name": "Todo API with Insights",
        # Without the bar that invites to explore other hosts' documents.
        "layout": "BaseLayout",
        "persistAuthorization": True,
        "validatorUrl": None,
        "displayRequestDuration": True,
        "tryItOutEnabled": True,
    }
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json", config=config))
