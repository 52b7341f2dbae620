"""Generates fixed and random requests that try to cost more than a valid request of the same size."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

REGISTER, LOG_IN, ME = "POST /api/v1/users", "POST /api/v1/auth/login", "PATCH /api/v1/users/me"
CREATE, BATCH, LIST = "POST /api/v1/tasks", "POST /api/v1/tasks/batch", "GET /api/v1/tasks"
# Sizes in bytes: the maximum size of a body, a size above the limit that servers have for a request line, and
# a size above the limit that they have for a header.
BODY_BYTES, QUERY_BYTES, HEADER_BYTES = 1024 * 1024, 16 * 1024, 8 * 1024
# The maximum size of one value in a body, which leaves space for other members.
VALUE_BYTES = BODY_BYTES - 8 * 1024
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
USER: dict[str, Any] = {"email": "eve@example.com", "name": "Eve", "password": PASSWORD}
TASK: dict[str, Any] = {"title": "Water the plants", "tags": ["weekly"], "description": "x" * 5000}
# Two combining marks in reverse canonical order. To normalize a sequence of such pairs takes quadratic time.
MARKS = "\u0301\u0316"


@dataclass(frozen=True)
class SizedRequest:
    """A request to an operation (method and path); `size` counts the bytes that a client can choose."""

    name: str
    operation: str
    body: bytes = b""
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The total size of body, query and headers in bytes."""
        return len(self.body) + len(self.query) + sum(map(len, self.headers.values()))


def valid_request(operation: str, size: int) -> SizedRequest:
    """Return a valid request of this size; white space is added to its texts until the size is reached."""
    if operation == LIST:
        return SizedRequest("valid", operation, query="q=x".ljust(size, "+"))
    unfilled = len(_valid_body(operation, ""))
    filler = max(0, size - unfilled) // (100 if operation == BATCH else 1)
    return SizedRequest("valid", operation, _valid_body(operation, " " * filler))


def _valid_body(operation: str, space: str) -> bytes:
    bodies: dict[str, Any] = {
        REGISTER: {**USER, "name": f"Eve{space}"},
        LOG_IN: {"email": EMAIL + space, "password": PASSWORD},
        ME: {"name": f"Ada{space}"},
        CREATE: {**TASK, "description": f"{TASK['description']}{space}"},
        BATCH: {"operations": [_creation(description="x" * 5000 + space)] * 100},
    }
    return json.dumps(bodies[operation]).encode()


def hostile_requests(random: Random, count: int) -> Iterator[SizedRequest]:
    """Yield a fixed set of requests, then `count` random requests."""
    for name, text in _json_texts(BODY_BYTES).items():
        for operation in (CREATE, BATCH, ME):
            yield SizedRequest(name, operation, text)
    for operation, fields in (
        (CREATE, ("title", "description", "category", "due_date", "status", "tags")),
        (REGISTER, ("email", "name", "password", "time_zone")),
        (LOG_IN, ("email", "password")),
        (BATCH, ("operations",)),
    ):
        for place in fields:
            for name, value in {**_texts(VALUE_BYTES), **_lists(VALUE_BYTES)}.items():
                yield SizedRequest(f"{place}: {name}", operation, _body(operation, place, value))
    yield from _batches()
    yield from _queries_and_headers()
    for number in range(count):
        operation = random.choice((CREATE, BATCH, ME, REGISTER, LOG_IN))
        yield SizedRequest(f"random {number}", operation, _random_text(random))


def _json_texts(size: int) -> dict[str, bytes]:
    """Return bodies that are expensive to parse, and bodies of valid JSON with a wrong structure, by name."""
    texts = {
        "unknown fields": _object(f'"u{number}":0' for number in range(size // 11)),
        "duplicate members": _object('"a":0' for _ in range(size // 6)),
        "long name": '{"' + "n" * size + '":0}',
        "open lists": "[" * size,
        "open objects": '{"a":' * (size // 5),
        "nested lists": "[" * (size // 2) + "]" * (size // 2),
        "deep siblings": "[" + ",".join(["[" * 400 + "]" * 400] * (size // 801)) + "]",
        "empty objects": "[" + "{}," * (size // 3) + "{}]",
        "empty lists": "[" + "[]," * (size // 3) + "[]]",
        "digits": "9" * size,
        "numbers": "[" + "1," * (size // 2) + "1]",
        "long integers": "[" + ",".join(["9" * 4300] * (size // 4301)) + "]",
        "long fractions": "[" + ",".join(["0." + "9" * 4000] * (size // 4003)) + "]",
        "exponents": "[" + "1e999," * (size // 6) + "1]",
        "escapes": '["' + "\\u0301" * (size // 6) + '"]',
        "white space": " " * (size - 2) + "{}",
    }
    return {name: text.encode()[:size] for name, text in texts.items()}


def _texts(size: int) -> dict[str, str]:
    """Return hostile texts by name; most have about `size` UTF-8 bytes, and two have a fixed size."""
    units = {
        "letters": "a",
        "spaces": " ",
        "zero-width spaces": "\u200b",
        "Hangul fillers": "\u3164",
        "tag characters": "\U000e0061",
        "marks": MARKS,
        "stacked marks": "a" + MARKS * 15,
        "decompositions": "\u1f82",
        "compatible ligatures": "\ufdfa",
        "at signs": "a@",
        "labels": "a.",
        "punycode": "xn--",
        "wide letters": "\uff41",
        "folders": "A/",
        "dates": "2026-",
    }
    texts = {name: unit * (size // len(unit.encode())) for name, unit in units.items()}
    # This text is just short enough to be normalized: the API normalizes texts of up to four times the
    # maximum length of a description.
    texts["marks that fit"] = "a" + MARKS * 9_999
    texts["address with marks"] = "a" + MARKS * 400 + "@example.com"
    texts["long domain"] = "a@" + "\u00fc." * (size // 4) + "cc"
    return texts


def _lists(size: int) -> dict[str, list[Any]]:
    return {
        "invalid numbers": [1] * (size // 3),
        "blank texts": [""] * (size // 4),
        "lists": [[]] * (size // 4),
        "nulls": [None] * (size // 6),
        "few long texts": [MARKS * (size // 200)] * 20,
    }


def _batches() -> Iterator[SizedRequest]:
    unknown = {f"u{number}": 0 for number in range(900)}
    for name, operation in {
        "invalid tags": _creation(tags=[1] * 3000),
        "few invalid tags": _creation(tags=[MARKS * 60] * 20),
        "unknown fields": _creation(**unknown),
        "unknown members": {**_creation(), **unknown},
        "marks": _creation(description=MARKS * 2500),
        "stacked marks": _creation(description=("a" + MARKS * 15) * 170),
        "wrong everywhere": _creation(**{name: [] for name in ("title", "status", "priority", "due_date")}),
        "long id": {"op": "update", "id": "i" * 10_000, "task": {}},
        "quotes in precondition": {"op": "delete", "id": "x", "if_match": '"' * 10_000},
        "spaces in precondition": {"op": "delete", "id": "x", "if_match": f'"1"{" " * 10_000}x'},
    }.items():
        text = json.dumps({"operations": [operation] * 100}, ensure_ascii=False).encode()
        yield SizedRequest(f"batch: {name}", BATCH, text)


def _queries_and_headers() -> Iterator[SizedRequest]:
    for name, unit in {
        "unknown parameters": "u{}=1&",
        "repeated parameter": "status=x&",
        "repeated tag": "tag=a&",
        "sort keys": "sort=" + "x," * (QUERY_BYTES // 2),
        "empty parameters": "&",
        "cursor": "cursor=" + "A" * QUERY_BYTES,
        "marks": "q=" + "%CC%81%CC%96" * (QUERY_BYTES // 12),
        "words": "q=" + "a+" * (QUERY_BYTES // 2),
    }.items():
        text = "".join(unit.format(number) for number in range(QUERY_BYTES // len(unit) or 1))
        yield SizedRequest(f"query: {name}", LIST, query=text)
    for header, unit in {
        "If-None-Match": 'W/"1",',
        "Idempotency-Key": "k",
        "Accept": "a/b,",
        "Content-Type": "application/json;a=",
        "X-Request-ID": "a",
    }.items():
        text = (unit * HEADER_BYTES)[:HEADER_BYTES]
        yield SizedRequest(f"header: {header}", LIST, query="q=x", headers={header: text})
    for name, text in (("spaces", f'"1"{" " * HEADER_BYTES}x'), ("quotes", '"' * HEADER_BYTES)):
        yield SizedRequest(f"header: {name} in If-Match", ME, body=b"{}", headers={"If-Match": text})


def _random_text(random: Random) -> bytes:
    """Return a body of random members; each value consists of repeated hostile text or JSON."""
    members: dict[str, Any] = {}
    names = [*USER, *TASK, "operations", "category", "due_date", "time_zone", "unknown"]
    for name in random.sample(names, random.randint(1, 4)):
        size = random.choice((100, 10_000, BODY_BYTES // 4))
        value: Any = random.choice([*_texts(size).values(), *_lists(size).values()])
        for _ in range(random.randint(0, 3)):
            value = random.choice([[value], {name: value}, [value] * 2])
        members[name] = value
    return json.dumps(members, ensure_ascii=random.random() < 0.3).encode()[:BODY_BYTES]


def _body(operation: str, place: str, value: Any) -> bytes:
    login = {"email": EMAIL, "password": PASSWORD}
    bodies: dict[str, dict[str, Any]] = {CREATE: TASK, REGISTER: USER, LOG_IN: login, BATCH: {}}
    return json.dumps({**bodies[operation], place: value}, ensure_ascii=False).encode()[:BODY_BYTES]


def _creation(**fields: Any) -> dict[str, Any]:
    return {"op": "create", "task": {"title": "Water the plants", **fields}}


def _object(members: Iterator[str]) -> str:
    return "{" + ",".join(members) + "}"
