"""Counts the database commands of each request; each command is a network round trip to Amazon DocumentDB."""

import json
from typing import Any

from pymongo import MongoClient, monitoring

from bench.api_requests import Request, create_test_data, operations
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import Document
from webapp.database.user_facts import COLLECTION as ANNOUNCEMENTS


class CommandCounter(monitoring.CommandListener):
    """Counts the database commands that pymongo sends for the requests of a client.

    The polls of announcements are not counted: a process sends one poll every POLL_SECONDS, independent of
    the number of requests.
    """

    def __init__(self) -> None:
        self.sent = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Count a command when it starts."""
        self.sent += event.command.get(event.command_name) != ANNOUNCEMENTS

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Ignore the event: the command was counted when it started."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Ignore the event: the command was counted when it started."""


def count_round_trips(settings: Settings) -> dict[str, int]:
    """Run each operation in an application in this process; returns the number of commands by operation."""
    counter = CommandCounter()
    mongo: MongoClient[Document] = MongoClient(
        settings.mongodb_uri, tz_aware=True, retryWrites=False, event_listeners=[counter]
    )
    client = create_app(settings, mongo[settings.mongodb_database]).test_client()

    def send(request: Request, token: str) -> Any:
        method, path, body = request
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        response = client.open(path, method=method, data=body, headers=headers)
        if response.status_code >= 400:
            raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
        return json.loads(response.data)

    token, task_ids = create_test_data(send)
    counts: dict[str, int] = {}
    for name, request in operations(task_ids).items():
        before = counter.sent
        send(request(0), token)
        counts[name] = counter.sent - before
    mongo.close()
    return counts
