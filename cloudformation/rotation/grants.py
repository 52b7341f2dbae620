"""The actions that each database user may perform on each collection; the database refuses all others.

https://docs.aws.amazon.com/documentdb/latest/developerguide/role_based_access_control.html
"""

from collections.abc import Mapping

_READ = ("find",)
_WRITE = ("find", "insert", "update", "remove", "createCollection")
_INDEXED = (*_WRITE, "createIndex")

GRANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "todo_api": {
        "changes": _INDEXED,
        "credentials": _WRITE,
        "emails": _INDEXED,
        "erasures": _WRITE,
        "idempotency_keys": _INDEXED,
        "insight_days": ("find", "remove", "createIndex"),
        "insights": ("find", "remove"),
        "login_failures": _INDEXED,
        "rate_limits": _INDEXED,
        "rebuilds": _WRITE,
        "revoked_tokens": _INDEXED,
        "tasks": _INDEXED,
        "user_announcements": _INDEXED,
        "users": _WRITE,
    },
    "todo_pipeline": {
        "changes": _READ,
        "erasure_receipts": _WRITE,
        "erasures": _READ,
        "insight_days": _WRITE,
        "insights": _WRITE,
        "lake_days": _WRITE,
        "recent_hours": _WRITE,
        "reprocessing_requests": _WRITE,
        "users": _READ,
    },
}
