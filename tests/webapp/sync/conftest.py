"""A client that keeps a copy of its data as the documentation of the change feed describes."""

from dataclasses import dataclass, field
from typing import Any

from tests.webapp.conftest import Person

CHANGES = "/api/v1/changes"

Held = dict[str, tuple[int, Any]]


@dataclass
class Copy:
    """A client's copy of the data: the newest version and the content of each resource (None if deleted)."""

    held: Held = field(default_factory=dict)

    def apply(self, identity: str, version: int, content: Any) -> None:
        if version > self.held.get(identity, (0, None))[0]:
            self.held[identity] = (version, content)

    def living(self) -> dict[str, Any]:
        return {identity: content for identity, (_, content) in self.held.items() if content is not None}


@dataclass
class Client:
    """Reads the change feed over HTTP; `seen` contains every item in the order of the feed."""

    person: Person
    cursor: str | None = None
    copy: Copy = field(default_factory=Copy)
    seen: list[dict[str, Any]] = field(default_factory=list)

    def read_page(self, limit: int = 100) -> bool:
        """Read one page and apply it to the copy; returns whether the feed has another page now."""
        query = f"?limit={limit}" + ("" if self.cursor is None else f"&cursor={self.cursor}")
        answer = self.person.send("GET", CHANGES + query)
        assert answer.status_code == 200, answer.json
        for item in answer.json["items"]:
            self.copy.apply(item["id"], item["version"], item["task"] or item["user"])
        self.seen += answer.json["items"]
        self.cursor = answer.json["next_cursor"]
        return bool(answer.json["has_more"])

    def catch_up(self, limit: int = 100) -> None:
        while self.read_page(limit):
            pass

    def events(self) -> list[tuple[str, str, int]]:
        """Return the entity, the operation and the version of each item that the client has read."""
        return [(item["entity"], item["op"], item["version"]) for item in self.seen]
