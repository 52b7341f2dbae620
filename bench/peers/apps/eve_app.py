"""A peer: Eve with its default settings, which include hypermedia, entity tags and the size of each list."""

from typing import Any

import jwt
from eve import Eve
from eve.auth import TokenAuth

from bench.peers.apps import DATABASE, MONGODB_URI, PRIORITIES, SECRET, STATUSES


class BearerAuth(TokenAuth):
    """Authenticates with a JWT, and restricts each user to their own tasks."""

    def check_auth(self, token: str, allowed_roles: Any, resource: str, method: str) -> bool:
        """Return whether the token is valid; if so, restrict the request to the user in the token."""
        try:
            claims = jwt.decode(token, SECRET, algorithms=["HS256"])
        except jwt.PyJWTError:
            return False
        self.set_request_auth_value(claims["sub"])
        return True


SCHEMA = {
    "title": {"type": "string", "minlength": 1, "maxlength": 200, "required": True},
    "description": {"type": "string", "maxlength": 5000, "nullable": True},
    "status": {"type": "string", "allowed": STATUSES, "default": "pending"},
    "priority": {"type": "string", "allowed": PRIORITIES, "default": "medium"},
    "category": {"type": "string", "maxlength": 50, "nullable": True},
    "due_date": {"type": "datetime", "nullable": True},
    "completed_at": {"type": "datetime", "nullable": True},
    "version": {"type": "integer"},
    "user_id": {"type": "string"},
}
app = Eve(
    auth=BearerAuth,
    settings={
        "MONGO_URI": MONGODB_URI.replace("/?", f"/{DATABASE}?"),
        "MONGO_DBNAME": DATABASE,
        "DATE_FORMAT": "%Y-%m-%d",
        "DOMAIN": {
            "tasks": {
                "schema": SCHEMA,
                "auth_field": "user_id",
                "resource_methods": ["GET", "POST"],
                "item_methods": ["GET", "PATCH"],
                "bulk_enabled": False,
            }
        },
        "RENDERERS": ["eve.render.JSONRenderer"],
        "IF_MATCH": False,
        "LAST_UPDATED": "updated_at",
        "DATE_CREATED": "created_at",
        "PAGINATION_LIMIT": 100,
    },
)


@app.route("/health")
def health() -> dict[str, str]:
    """Respond that the process is alive."""
    return {"status": "ok"}
