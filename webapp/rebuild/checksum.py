"""Checksums of collections; they do not depend on the order in which the documents are read."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.core.clock import MILLISECOND
from webapp.core.ids import EPOCH
from webapp.database.connection import Document

# The fields of a change from which the pipeline computes its checksums. A change in the log has more fields,
# such as the mark of an erased change.
FIELDS = (
    "_id",
    "entity",
    "entity_id",
    "user_id",
    "version",
    "op",
    "at",
    "time_zone",
    "request_id",
    "schema_version",
    "before",
    "after",
)


def as_in_lake(change: Document) -> Document:
    """Return a change with only the fields that the lake stores."""
    return {name: change.get(name) for name in FIELDS}


@dataclass
class Checksum:
    """The number of documents and the sum of their SHA-256 digests, as the pipeline computes them."""

    count: int = 0
    total: int = 0

    @classmethod
    def of(cls, documents: Iterable[Mapping[str, Any]]) -> "Checksum":
        """Compute the checksum of these documents."""
        checksum = cls()
        for document in documents:
            checksum.add(document)
        return checksum

    @classmethod
    def from_summary(cls, summary: Mapping[str, Any]) -> "Checksum":
        """Return the checksum from the values that `summary` returned."""
        return cls(int(summary["count"]), int(summary["digest"], 16))

    def add(self, document: Mapping[str, Any]) -> None:
        """Add a document to the checksum."""
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=_milliseconds)
        digest = hashlib.sha256(text.encode()).digest()
        self.total = (self.total + int.from_bytes(digest, "big")) % 2**256
        self.count += 1

    def plus(self, other: "Checksum") -> "Checksum":
        """Return the checksum of the documents of both checksums together."""
        return Checksum(self.count + other.count, (self.total + other.total) % 2**256)

    def summary(self) -> Document:
        """Return the number of documents, and the sum as 64 hexadecimal digits."""
        return {"count": self.count, "digest": f"{self.total:064x}"}


def _milliseconds(value: object) -> int:
    if not isinstance(value, datetime):
        raise TypeError(f"cannot compute a checksum of a {type(value).__name__}")
    return (value - EPOCH) // MILLISECOND
