"""How often a request asks the database: on Amazon DocumentDB every time costs a network round trip."""

import json
from typing import Any

from pymongo import MongoClient, monitoring

from bench.operations import Request, operations, settle_in
from webapp.app import create_app
from webapp.core.database import Document
from webapp.core.settings import Settings


class Commands(monitoring.CommandListener):
    """Counts the commands that pymongo sends."""

    def __init__(self) -> None:
        self.sent = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Count one."""
        self.sent += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Leave it: a command counts when it starts."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Leave it: a command counts when it starts."""


def count_round_trips(settings: Settings) -> dict[str, int]:
    """Send each operation through an application in this process; returns its number of database commands."""
    commands = Commands()
    mongo: MongoClient[Document] = MongoClient(
        settings.mongodb_uri, tz_aware=True, retryWrites=False, event_listeners=[commands]
    )
    client = create_app(settings, mongo[settings.mongodb_database]).test_client()

    def send(request: Request, token: str) -> Any:
        method, path, body = request
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        answer = client.open(path, method=method, data=body, headers=headers)
        if answer.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return json.loads(answer.data)

    token, made = settle_in(send)
    counted: dict[str, int] = {}
    for name, request in operations(made).items():
        before = commands.sent
        send(request(0), token)
        counted[name] = commands.sent - before
    mongo.close()
    return counted
