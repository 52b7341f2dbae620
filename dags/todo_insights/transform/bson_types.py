"""Check the BSON types of the fields that pymongoarrow converts without a check."""

from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..lake.schema import SOURCE

# The types that pymongoarrow 1.13 does not check, each with the BSON type bytes that are valid for it
# (https://bsonspec.org/spec.html). Without a check, pymongoarrow reads a text as an empty list or a null
# document, true as 1, 2.5 as 2, and NaN as null.
_BSON_NULL = b"\x0a"
_BSON_TYPES: tuple[tuple[Any, tuple[bytes, ...]], ...] = (
    (pa.types.is_struct, (b"\x03", _BSON_NULL)),
    (pa.types.is_list, (b"\x04", _BSON_NULL)),
    (pa.types.is_int64, (b"\x10", b"\x12", _BSON_NULL)),
)
_PAIR, _WORD = np.dtype("<u2"), np.dtype("<u8")
# The number of pairs of letters that fit into the cache of a CPU, together with the results of their
# comparison.
_BLOCK = 2**17


def types_look_right(batch: bytes) -> bool:
    """Return whether a valid type byte precedes the name of each field that pymongoarrow does not check.

    If a text value contains a field name, the result can be wrongly False, which only causes a second check.
    A wrong type is always found.
    """
    offsets = {name: _rare_pair(name) for name in _allowed_bytes()}
    found = _positions(batch, {name[offset : offset + 2] for name, offset in offsets.items()})
    return all(
        _precede(allowed, name, found[name[offsets[name] : offsets[name] + 2]] - offsets[name], batch)
        for name, allowed in _allowed_bytes().items()
    )


def _positions(batch: bytes, pairs: set[bytes]) -> dict[bytes, npt.NDArray[np.intp]]:
    """The positions of each of these pairs of bytes.

    Two bytes are compared as one number, first at the even positions and then at the odd ones.
    """
    found: dict[bytes, list[npt.NDArray[np.intp]]] = {pair: [] for pair in pairs}
    is_pair = np.empty(_BLOCK, bool)
    for start in range(_PAIR.itemsize):
        words = np.frombuffer(batch, _PAIR, (len(batch) - start) // _PAIR.itemsize, start)
        for first in range(0, len(words), _BLOCK):
            # The block is copied, because a copy is aligned, and numpy compares aligned numbers faster.
            block = words[first : first + _BLOCK].copy()
            for pair in pairs:
                np.equal(block, int.from_bytes(pair, "little"), out=is_pair[: len(block)])
                places = np.flatnonzero(is_pair[: len(block)])
                found[pair].append((places + first) * _PAIR.itemsize + start)
    return {pair: np.concatenate(places) for pair, places in found.items()}


def _precede(allowed: frozenset[bytes], name: bytes, starts: npt.NDArray[np.intp], batch: bytes) -> bool:
    """Return whether an allowed byte precedes the name wherever the name is found at one of these offsets."""
    # A document starts with its length in four bytes and a type byte, so a name starts after these five
    # bytes.
    starts = starts[(starts > 4) & (starts + len(name) <= len(batch))]
    for first in range(0, len(name), _WORD.itemsize):
        part = name[first : first + _WORD.itemsize]
        words = np.ndarray(len(batch) - _WORD.itemsize + 1, _WORD, batch, strides=(1,))
        # The name is compared in parts of eight bytes, as one number each. If the last part of the name is
        # shorter, the bytes before this part are shifted out.
        before = _WORD.itemsize - len(part)
        ends = words[starts + first - before] >> 8 * before
        starts = starts[ends == int.from_bytes(part, "little")]
    is_allowed = np.zeros(256, bool)
    is_allowed[[ord(each) for each in allowed]] = True
    return bool(is_allowed[np.frombuffer(batch, np.uint8)[starts - 1]].all())


@cache
def _allowed_bytes() -> Mapping[bytes, frozenset[bytes]]:
    """For each field that pymongoarrow does not check, the bytes that may precede its name.

    They are the type bytes that are valid for the field, and the letters that precede the name at the end of
    a longer field name, such as the underscore of `schema_version` for the field `version`.
    """
    fields = _fields()
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


@cache
def _rare_pair(name: bytes) -> int:
    """The offset of two letters in the last word of a name: the two letters that the fewest names contain.

    Names make up most of a batch, so these letters are found at few other positions. Names that end with the
    same word, such as `version` and `schema_version`, have the same pair.
    """
    names = [field.name.encode() for field in _fields()]
    word = name.rpartition(b"_")[2]
    pairs = [bytes(pair) for pair in pairwise(word[:-1])]
    rarest = min(pairs, key=lambda pair: sum(pair in each for each in names))
    return len(name) - len(word) + word.index(rarest)


def _fields() -> list[pa.Field]:
    return [*SOURCE, *SOURCE.field("after").type]
