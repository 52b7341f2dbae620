"""What each user of the database may do with each collection; all other actions and collections are refused.

https://docs.aws.amazon.com/documentdb/latest/developerguide/role_based_access_control.html
"""

from collections.abc import Mapping

_READ = ("find",)
_WRITE = ("find", "insert", "update", "remove", "createCollection")
_OWN = (*_WRITE, "createIndex")

GRANTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "todo_api": {
        "changes": _OWN,
        "credentials": _OWN,
        "emails": _OWN,
        "erasures": _OWN,
        "idempotency_keys": _OWN,
        "insights": ("find", "remove"),
        "login_failures": _OWN,
        "rate_limits": _OWN,
        "rebuilds": _OWN,
        "revoked_tokens": _OWN,
        "tasks": _OWN,
        "user_announcements": _OWN,
        "users": _OWN,
    },
    "todo_pipeline": {
        "changes": _READ,
        "erasure_receipts": _WRITE,
        "erasures": _READ,
        "insights": _WRITE,
        "lake_days": _WRITE,
        "recent_hours": _WRITE,
        "reprocessing_requests": _WRITE,
        "users": _READ,
    },
}
