"""A peer: FastAPI as in its documentation, with JWT, validation, and one database command per request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pymongo import AsyncMongoClient, ReturnDocument

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


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Connect to the database while the application runs."""
    async with AsyncMongoClient(MONGODB_URI, tz_aware=True) as client:
        app.state.tasks = client[DATABASE].tasks
        yield


app = FastAPI(lifespan=lifespan)


async def signed_in(token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
    """Return the id of the user from the token of the request."""
    try:
        return str(jwt.decode(token.credentials, SECRET, algorithms=["HS256"])["sub"])
    except jwt.PyJWTError:
        raise HTTPException(401, "invalid token") from None


User = Annotated[str, Depends(signed_in)]


@app.get("/health")
async def health() -> dict[str, str]:
    """Respond that the process is alive."""
    return {"status": "ok"}


@app.post("/tasks", response_model=Task, status_code=201)
async def create_task(task: TaskInput, user_id: User) -> dict[str, Any]:
    """Create a task."""
    document = new_document(task, user_id)
    await app.state.tasks.insert_one(document)
    return task_response(document)


@app.get("/tasks/{task_id}", response_model=Task)
async def get_task(task_id: str, user_id: User) -> dict[str, Any]:
    """Show a task."""
    found = await app.state.tasks.find_one({"_id": object_id(task_id), "user_id": user_id})
    if found is None:
        raise HTTPException(404, "not found")
    return task_response(found)


@app.get("/tasks", response_model=Page)
async def list_tasks(
    user_id: User, status: Status | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> dict[str, Any]:
    """List tasks."""
    query = {"user_id": user_id} | ({} if status is None else {"status": status})
    return page(await app.state.tasks.find(query).sort("_id", -1).limit(limit).to_list(), limit)


@app.patch("/tasks/{task_id}", response_model=Task)
async def change_task(task_id: str, patch: TaskPatch, user_id: User) -> dict[str, Any]:
    """Change a task."""
    change = {"$set": changed_fields(patch), "$currentDate": {"updated_at": True}, "$inc": {"version": 1}}
    found = await app.state.tasks.find_one_and_update(
        {"_id": object_id(task_id), "user_id": user_id}, change, return_document=ReturnDocument.AFTER
    )
    if found is None:
        raise HTTPException(404, "not found")
    return task_response(found)
