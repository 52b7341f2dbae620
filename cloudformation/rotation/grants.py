"""The actions that each database user may perform on each collection; the database refuses all others.

https://docs.aws.amazon.com/documentdb/latest/developerguide/role_based_access_control.html
"""

from collections.abc import Mapping

_READ = ("find",)
_INSERT = ("find", "insert", "createCollection")
_UPDATE = (*_INSERT, "update")
_WRITE = (*_UPDATE, "remove")
_INDEXED = (*_WRITE, "createIndex")

GRANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "todo_api": {
        "changes": _INDEXED,
        "credentials": _WRITE,
        "emails": _INDEXED,
        "erasures": _UPDATE,
        "idempotency_keys": (*_INSERT, "remove", "createIndex"),
        "insight_days": ("find", "remove", "createIndex"),
        "insights": ("find", "remove"),
        "login_failures": _INDEXED,
        "rate_limits": _INDEXED,
        "rebuilds": _UPDATE,
        "revoked_tokens": (*_INSERT, "remove", "createIndex"),
        "tasks": _INDEXED,
        "user_announcements": (*_INSERT, "remove", "createIndex"),
        "users": _WRITE,
    },
    "todo_pipeline": {
        "changes": _READ,
        "erasure_receipts": _WRITE,
        "erasures": _READ,
        "insight_days": _WRITE,
        "insights": _WRITE,
        "lake_days": _WRITE,
        "recent_hours": (*_INSERT, "remove"),
        "reprocessing_requests": _WRITE,
        "users": _READ,
    },
}
