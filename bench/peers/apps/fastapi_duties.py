"""A peer: FastAPI with the features of our API, built with libraries that users of FastAPI often choose.

slowapi limits the requests of each user, a database query finds revoked sessions, structlog writes one line
per request, reads and writes have entity tags, and each write adds an audit record. A write with an
Idempotency-Key first inserts the key, and after the write stores the response with the key.
"""

import hashlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
import structlog
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pymongo import AsyncMongoClient, ReturnDocument
from pymongo.errors import DuplicateKeyError
from slowapi import Limiter
from slowapi.util import get_remote_address

from bench.peers.apps import DATABASE, MONGODB_URI, SECRET
from bench.peers.apps.models import (
    Page,
    Status,
    Task,
    TaskInput,
    TaskPatch,
    changed_fields,
    new_document,
    object_id,
    page,
    task_response,
)

LIMIT = "100000000/minute"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

logging.basicConfig(format="%(message)s", level=logging.INFO)
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.JSONRenderer(),
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
logger = structlog.get_logger()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect to the database while the application runs."""
    async with AsyncMongoClient(MONGODB_URI, tz_aware=True) as client:
        app.state.database = client[DATABASE]
        yield


async def signed_in(
    request: Request, token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
) -> str:
    """Return the id of the user from the token of the request, unless its session was revoked."""
    try:
        claims = jwt.decode(token.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError:
        raise HTTPException(401, "invalid token") from None
    if await request.app.state.database.revoked_tokens.find_one({"_id": claims["sid"]}):
        raise HTTPException(401, "revoked token")
    structlog.contextvars.bind_contextvars(user_id=claims["sub"])
    return str(claims["sub"])


User = Annotated[str, Depends(signed_in)]
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


def caller(request: Request) -> str:
    """Return the key under which a request is counted: its Authorization header, or else its address."""
    return request.headers.get("Authorization") or get_remote_address(request)


app = FastAPI(lifespan=lifespan)
limiter = Limiter(key_func=caller, headers_enabled=True, default_limits=[LIMIT])
app.state.limiter = limiter


@app.middleware("http")
async def log_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Write one log line per request, and add the headers that every response has."""
    started, request_id = time.perf_counter(), request.headers.get("X-Request-ID") or str(uuid.uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id, route=request.url.path)
    response = await call_next(request)
    response.headers.update(HEADERS)
    response.headers["X-Request-ID"] = request_id
    duration = round((time.perf_counter() - started) * 1000, 1)
    logger.info("request", method=request.method, http_status=response.status_code, duration_ms=duration)
    return response


@app.get("/health")
async def health() -> dict[str, str]:
    """Respond that the process is alive."""
    return {"status": "ok"}


@app.post("/tasks", response_model=Task, status_code=201)
@limiter.limit(LIMIT)
async def create_task(
    request: Request, response: Response, task: TaskInput, user_id: User, key: Key = None
) -> dict[str, Any]:
    """Create a task."""
    await _claim(user_id, key, task.model_dump_json())
    document = new_document(task, user_id)
    # The id is set here, because the audit record needs it before the driver inserts the task.
    document["_id"] = object_id(str(uuid.uuid4().hex[:24]))
    await _audit(user_id, "created", None, document)
    await app.state.database.tasks.insert_one(document)
    response.headers["ETag"] = '"1"'
    response.headers["Location"] = f"/tasks/{document['_id']}"
    return await _recorded(user_id, key, task_response(document))


@app.get("/tasks/{task_id}", response_model=Task)
@limiter.limit(LIMIT)
async def get_task(request: Request, response: Response, task_id: str, user_id: User) -> Any:
    """Show a task, or respond that the client's copy is current."""
    found = await _find(task_id, user_id)
    tag = f'"{found["version"]}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return task_response(found)


@app.get("/tasks", response_model=Page)
@limiter.limit(LIMIT)
async def list_tasks(
    request: Request,
    response: Response,
    user_id: User,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Any:
    """List tasks, or respond that the client's copy of the page is current."""
    query = {"user_id": user_id} | ({} if status is None else {"status": status})
    found = await app.state.database.tasks.find(query).sort("_id", -1).limit(limit).to_list()
    answer = Page.model_validate(page(found, limit))
    tag = f'"{hashlib.sha256(answer.model_dump_json().encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return answer


@app.patch("/tasks/{task_id}", response_model=Task)
@limiter.limit(LIMIT)
async def change_task(
    request: Request, response: Response, task_id: str, patch: TaskPatch, user_id: User, key: Key = None
) -> dict[str, Any]:
    """Change a task if the request has the current version in If-Match, or has no If-Match."""
    await _claim(user_id, key, patch.model_dump_json())
    current = await _find(task_id, user_id)
    wanted = request.headers.get("If-Match")
    if wanted not in (None, f'"{current["version"]}"'):
        raise HTTPException(412, "the task has a different version")
    fields = {**changed_fields(patch), "updated_at": datetime.now(UTC), "version": current["version"] + 1}
    await _audit(user_id, "updated", current, {**current, **fields})
    found = await app.state.database.tasks.find_one_and_update(
        {"_id": current["_id"], "version": current["version"]},
        {"$set": fields},
        return_document=ReturnDocument.AFTER,
    )
    if found is None:
        raise HTTPException(409, "the task was changed at the same time")
    response.headers["ETag"] = f'"{found["version"]}"'
    return await _recorded(user_id, key, task_response(found))


async def _find(task_id: str, user_id: str) -> dict[str, Any]:
    found = await app.state.database.tasks.find_one({"_id": object_id(task_id), "user_id": user_id})
    if found is None:
        raise HTTPException(404, "not found")
    return dict(found)


async def _audit(user_id: str, op: str, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    record = {"user_id": user_id, "op": op, "at": now, "before": before, "after": after}
    await app.state.database.audit.insert_one(record)


async def _claim(user_id: str, key: str | None, body: str) -> None:
    if key is None:
        return
    digest = hashlib.sha256(body.encode()).hexdigest()
    claim = {"_id": f"{user_id}:{key}", "fingerprint": digest, "response": None}
    try:
        await app.state.database.idempotency_keys.insert_one(claim)
    except DuplicateKeyError:
        raise HTTPException(409, "this Idempotency-Key was already used") from None


async def _recorded(user_id: str, key: str | None, answer: dict[str, Any]) -> dict[str, Any]:
    if key is not None:
        response = Task.model_validate(answer).model_dump_json()
        await app.state.database.idempotency_keys.update_one(
            {"_id": f"{user_id}:{key}"}, {"$set": {"response": response}}
        )
    return answer
