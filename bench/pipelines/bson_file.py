"""Writes and reads a file with the changes of an hour, in batches of 5,000 like those of a MongoDB cursor."""

import json
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

BATCH_SIZE = 5000


def write(path: Path, count: int) -> float:
    """Write the changes of an hour with only the fields that `extract` reads from the log.

    Returns the mean size of a change in bytes. A second file gets the offset of each batch.
    """
    import bson

    from bench.etl.sample_hour import changes

    left_out = ("idempotency_key", "fingerprint", "status_code")
    documents = changes(count)
    offsets = [0]
    with path.open("wb") as file:
        while batch := list(islice(documents, BATCH_SIZE)):
            for document in batch:
                file.write(bson.encode({k: v for k, v in document.items() if k not in left_out}))
            offsets.append(file.tell())
    _offsets_path(path).write_text(json.dumps(offsets))
    return offsets[-1] / count


def batches(path: Path, first: int = 0, last: int | None = None) -> Iterator[bytes]:
    """Yield the batches of a file from number `first` to number `last`, excluding `last`."""
    offsets = json.loads(_offsets_path(path).read_text())[first : None if last is None else last + 1]
    with path.open("rb") as file:
        file.seek(offsets[0])
        for start, end in pairwise(offsets):
            yield file.read(end - start)


def batch_count(path: Path) -> int:
    """Return the number of batches in a file."""
    return len(json.loads(_offsets_path(path).read_text())) - 1


def _offsets_path(path: Path) -> Path:
    return path.with_suffix(".offsets")
