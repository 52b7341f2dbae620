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
                "bearerAuth": _bearer("The `access_token` that logging in answers with."),
                "refreshAuth": _bearer("The `refresh_token` that logging in answers with; good for one use."),
            }
        },
    }


def _bearer(description: str) -> dict[str, str]:
    return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": description}
