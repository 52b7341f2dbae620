"""A client that reads the change feed while other clients write (at the real time) misses no change."""

import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

from flask import Flask

from tests.webapp.conftest import PASSWORD, Person
from tests.webapp.sync.conftest import Client
from webapp.app import create_app
from webapp.changes.log import SAFETY_LAG
from webapp.core.clock import utc_now
from webapp.core.settings import Settings
from webapp.database.connection import Database

TASKS = "/api/v1/tasks"
WRITERS, ENOUGH, PATIENCE_SECONDS = 4, 40, 60.0


def sign_up(app: Flask) -> Person:
    client = app.test_client()
    proof = {"email": "ada@example.com", "password": PASSWORD}
    user_id = client.post("/api/v1/users", json={**proof, "name": "Ada"}).json["id"]
    return Person(client, user_id, client.post("/api/v1/auth/login", json=proof).json["access_token"])


def write_until(stopped: Event, person: Person, shared: list[str], seed: int) -> None:
    """Until `stopped` is set, create tasks; change, delete and restore tasks of any of the writers."""
    random = Random(seed)
    while not stopped.wait(0.02):
        place = f"{TASKS}/{random.choice(shared)}"
        what = random.choice(["create", "change", "change", "delete", "restore", "batch"])
        if what == "create":
            shared.append(person.create(f"{seed}")["id"])
        elif what == "change":
            person.send("PATCH", place, {"title": f"{random.random()}"})
        elif what == "delete":
            person.send("DELETE", place)
        elif what == "restore":
            person.send("POST", f"{place}/restore")
        else:
            operation = {"op": "update", "id": random.choice(shared), "task": {"tags": ["x"]}}
            person.send("POST", f"{TASKS}/batch", {"operations": [operation] * 3})


def test_reader_among_writers_misses_nothing(settings: Settings, database: Database) -> None:
    app = create_app(settings, database)
    ada = sign_up(app)
    reader, stopped = Client(ada), Event()
    shared = [ada.create()["id"] for _ in range(3)]
    reader.catch_up(limit=2)
    known = len(reader.seen)
    deadline = time.monotonic() + PATIENCE_SECONDS
    with ThreadPoolExecutor(WRITERS) as pool:
        people = [Person(app.test_client(), ada.user_id, ada.token) for _ in range(WRITERS)]
        writing = [
            pool.submit(write_until, stopped, person, shared, seed) for seed, person in enumerate(people)
        ]
        while len(reader.seen) - known < ENOUGH and time.monotonic() < deadline:
            reader.read_page(limit=5)
        stopped.set()
        for each in writing:
            each.result()
    finished = utc_now()
    while utc_now() - SAFETY_LAG <= finished:
        reader.read_page(limit=5)
    reader.catch_up()
    events = [(item["id"], item["version"]) for item in reader.seen if item["op"] != "snapshot"]
    written = [(each["entity_id"], each["version"]) for each in database.changes.find({})]
    assert len(events) > ENOUGH
    assert sorted(events) == sorted(set(written))
    profile = ada.send("GET", "/api/v1/users/me").json or {}
    shown = [ada.send("GET", f"{TASKS}/{task_id}").json or {} for task_id in shared]
    living = {task["id"]: task for task in shown if "id" in task}
    assert reader.copy.living() == living | {ada.user_id: profile}
