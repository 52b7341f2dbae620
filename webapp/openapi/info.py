"""What the OpenAPI document states about the API as a whole."""

from pathlib import Path
from typing import Any

INTRODUCTION = Path(__file__).parent / "introduction.md"


def spec_options() -> dict[str, Any]:
    """What the document says of the API as a whole."""
    return {
        "info": {
            "description": INTRODUCTION.read_text(),
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
