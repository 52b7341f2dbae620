"""The parts of the OpenAPI document that describe the API as a whole."""

from pathlib import Path
from typing import Any

INTRODUCTION = Path(__file__).parent / "introduction.md"
SIGN_IN = "## Sign in\n"
SAMPLE_USERS = """
`make run` and `make sample-data` write sample users, such as `{email}` with the password `{password}`.
The example requests that need a password use it; without sample users, register first.
"""


def spec_options(sample_user: dict[str, str] | None) -> dict[str, Any]:
    """Return title, introduction, servers and security schemes of the document, for apispec."""
    introduction = INTRODUCTION.read_text()
    if sample_user is not None:
        introduction = introduction.replace(SIGN_IN, SIGN_IN + SAMPLE_USERS.format(**sample_user))
    return {
        "info": {
            "description": introduction,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This host"}],
        "components": {
            "securitySchemes": {
                "bearerAuth": _bearer("The `access_token` from the response to a login."),
                "refreshAuth": _bearer("The `refresh_token` from the response to a login; valid once."),
            }
        },
    }


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
