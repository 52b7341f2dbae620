"""Comparing two heaps of documents by two short values, whatever the order they are read in."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.core.clock import MILLISECOND
from webapp.core.database import Document
from webapp.core.ids import EPOCH


@dataclass
class Tally:
    """How many documents there were, and the sum of their digests; the pipeline computes the same."""

    count: int = 0
    total: int = 0

    @classmethod
    def of(cls, documents: Iterable[Mapping[str, Any]]) -> "Tally":
        """The tally of these documents."""
        tally = cls()
        for document in documents:
            tally.add(document)
        return tally

    @classmethod
    def from_summary(cls, summary: Mapping[str, Any]) -> "Tally":
        """The tally that `summary` told."""
        return cls(int(summary["count"]), int(summary["digest"], 16))

    def add(self, document: Mapping[str, Any]) -> None:
        """Count one more document."""
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, default=_milliseconds)
        digest = hashlib.sha256(text.encode()).digest()
        self.total = (self.total + int.from_bytes(digest, "big")) % 2**256
        self.count += 1

    def plus(self, other: "Tally") -> "Tally":
        """The tally of both heaps together."""
        return Tally(self.count + other.count, (self.total + other.total) % 2**256)

    def summary(self) -> Document:
        """The count, and the sum as 64 hexadecimal digits."""
        return {"count": self.count, "digest": f"{self.total:064x}"}


def _milliseconds(value: object) -> int:
    if not isinstance(value, datetime):
        raise TypeError(f"a document of ours holds no {type(value).__name__}")
    return (value - EPOCH) // MILLISECOND
