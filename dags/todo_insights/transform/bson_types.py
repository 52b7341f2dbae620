"""Check the BSON types of the fields that pymongoarrow converts without a check."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..lake.schema import SOURCE

_ENDING = 4
# The types that pymongoarrow 1.13 does not check, each with the BSON type bytes that are valid for it
# (https://bsonspec.org/spec.html). Without a check, pymongoarrow reads a text as an empty list or a null
# document, true as 1, 2.5 as 2, and NaN as null.
_BSON_NULL = b"\x0a"
_BSON_TYPES: tuple[tuple[Any, tuple[bytes, ...]], ...] = (
    (pa.types.is_struct, (b"\x03", _BSON_NULL)),
    (pa.types.is_list, (b"\x04", _BSON_NULL)),
    (pa.types.is_int64, (b"\x10", b"\x12", _BSON_NULL)),
)


def types_look_right(batch: bytes) -> bool:
    """Return whether an allowed type byte precedes each field name that pymongoarrow does not check.

    If a text value contains a field name, the result can be wrongly False, which only causes a second check.
    A wrong type is always found.
    """
    content = np.frombuffer(batch, np.uint8)
    # The last four bytes of a name are compared as one 32-bit number, at each of the four possible
    # alignments.
    endings = {name: int.from_bytes(name[-_ENDING:], "little") for name in _allowed_bytes()}
    for start in range(_ENDING):
        words = np.frombuffer(batch, "<u4", (len(batch) - start) // _ENDING, start)
        ends = {
            ending: np.flatnonzero(words == ending) * _ENDING + start + _ENDING
            for ending in {*endings.values()}
        }
        if not all(
            _precede(allowed, name, ends[endings[name]], content)
            for name, allowed in _allowed_bytes().items()
        ):
            return False
    return True


def _precede(
    allowed: frozenset[bytes], name: bytes, ends: npt.NDArray[np.intp], content: npt.NDArray[np.uint8]
) -> bool:
    """Return whether an allowed byte precedes every occurrence of the name; `ends` are offsets in the batch.

    An offset is a candidate if the last four bytes of the name end there.
    """
    starts = ends[ends > len(name)] - len(name)
    for offset, byte in enumerate(name[:-_ENDING]):
        starts = starts[content[starts + offset] == byte]
    is_allowed = np.zeros(256, bool)
    is_allowed[[ord(each) for each in allowed]] = True
    return bool(is_allowed[content[starts - 1]].all())


@cache
def _allowed_bytes() -> Mapping[bytes, frozenset[bytes]]:
    """For each field that pymongoarrow does not check, the bytes that may precede its name.

    These are type bytes and letters of longer field names: `schema_version` ends with `version`.
    """
    fields = [*SOURCE, *SOURCE.field("after").type]
    return {
        f"{field.name}\0".encode(): frozenset(right)
        | {
            longer.name.removesuffix(field.name)[-1].encode()
            for longer in fields
            if longer.name != field.name and longer.name.endswith(field.name)
        }
        for field in fields
        for is_kind, right in _BSON_TYPES
        if is_kind(field.type)
    }
