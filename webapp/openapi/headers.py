"""Descriptions of the headers and path parameters of requests and responses."""

from typing import Any

from webapp.core.ids import ID

Described = dict[str, Any]

# The pattern of If-Match and If-None-Match from webapp/rest/responses.py, but for printable ASCII only.
ENTITY_TAGS = r'^(\*|(W/)?"[!#-~]*"( ?, ?(W/)?"[!#-~]*")*)$'
REQUEST_ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

# A header with `required` is in every response whose documentation lists the header.
HEADERS: dict[str, Described] = {
    "X-Request-ID": {
        "description": "Identifies the request in the log of the service; the id from the request if it has "
        "8 to 64 letters, digits, dots, hyphens and underscores. Quote it when you report an error.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{8,64}$"},
        "example": REQUEST_ID,
    },
    "ETag": {
        "description": "The version of the resource: send it as If-Match to change exactly this version. "
        "For a list or statistics, a digest of the content, for If-None-Match only.",
        "required": True,
        "schema": {"type": "string", "pattern": '^"[0-9a-f]+"$'},
        "example": '"1"',
    },
    "Location": {
        "description": "The path of the created resource.",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/api/v1/tasks/01a1fd9e-7109-72ef-b7e1-8cdc5ea16602",
    },
    "Link": {
        "description": 'The next page (RFC 8288), as `<path>; rel="next"`; absent on the last page.',
        "schema": {"type": "string"},
        "example": '</api/v1/tasks?limit=20&cursor=eyJiIjoi>; rel="next"',
    },
    "Idempotency-Replayed": {
        "description": "`true` if this repeats the first response to the Idempotency-Key; absent otherwise.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    },
    "RateLimit": {
        "description": "The remaining requests of each limit (`r`) and the seconds until it is reset (`t`).",
        "schema": {"type": "string"},
        "example": '"user";r=599;t=60',
    },
    "RateLimit-Policy": {
        "description": "The limits: `q` requests in each window of `w` seconds.",
        "schema": {"type": "string"},
        "example": '"user";q=600;w=60',
    },
    "Retry-After": {
        "description": "How many seconds to wait before trying again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "example": "5",
    },
    "Accept-Patch": {
        "description": "The media types that PATCH accepts (RFC 5789); absent for other methods.",
        "schema": {"type": "string"},
        "example": "application/merge-patch+json, application/json",
    },
    "Accept-Encoding": {
        "description": (
            "The content coding that a request body may have (RFC 9110); "
            "present if the request had a different coding."
        ),
        "schema": {"type": "string"},
        "example": "identity",
    },
    "Allow": {
        "description": "The methods that the path supports.",
        "required": True,
        "schema": {"type": "string"},
        "example": "GET, HEAD, OPTIONS",
    },
    "WWW-Authenticate": {
        "description": "How to sign in (RFC 6750).",
        "required": True,
        "schema": {"type": "string"},
        "example": 'Bearer realm="todo"',
    },
}

# UNIVERSAL headers are in every response. LIMITED headers are in every response of a path below /api/ while
# rate limits are on.
UNIVERSAL = ("X-Request-ID",)
LIMITED = ("RateLimit", "RateLimit-Policy")

PARAMETERS: dict[str, Described] = {
    "Idempotency-Key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes retries safe: after the request has succeeded, the same request with the same "
        "key gets the same response and changes nothing. After a rejection, the same request is checked "
        "again and may succeed. A UUID is a good choice.",
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[!-~]([ -~]*[!-~])?$",
            "examples": ["4b0c9a5e-6f0e-4c57-9d8c-2f6c8d1f7a31"],
        },
    },
    "If-Match": {
        "name": "If-Match",
        "in": "header",
        "description": (
            "Execute the request only if the resource still has this ETag; otherwise respond with 412."
        ),
        "schema": {"type": "string", "pattern": ENTITY_TAGS, "examples": ['"1"']},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "GET: return the resource only if it has a different ETag; otherwise respond with 304 "
        "and no body. Other methods: execute the request only if the resource has a different ETag; "
        "otherwise respond with 412. `*` stands for every ETag.",
        "schema": {"type": "string", "pattern": ENTITY_TAGS, "examples": ['"1"']},
    },
    "task_id": {
        "name": "task_id",
        "in": "path",
        "required": True,
        "description": "The task's `id`.",
        "schema": {
            "type": "string",
            "format": "uuid",
            "examples": ["01a1fd9e-7109-72ef-b7e1-8cdc5ea16602"],
        },
    },
    "user_id": {
        "name": "user_id",
        "in": "path",
        "required": True,
        "description": "Your user's `id`, or `me`.",
        "schema": {
            "type": "string",
            "pattern": f"^(me|{ID.pattern})$",
            "examples": ["me"],
        },
    },
}
