"""For any data, the compiled form of a schema gives the same result as the schema."""

import json
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.errors import TodoError
from webapp.rest import parsing
from webapp.rest.compiled import compile_dump, compile_load
from webapp.rest.parsing import parse_json
from webapp.sync.schemas import FeedPageSchema
from webapp.tasks.fields import example_of_new_task
from webapp.tasks.history_schemas import HistoryPageSchema
from webapp.tasks.schemas import (
    TaskInputSchema,
    TaskPageSchema,
    TaskPatchSchema,
    TaskQuerySchema,
    TaskReplacementSchema,
    TaskSchema,
)
from webapp.users.schemas import RegistrationSchema, UserPatchSchema, UserSchema

EXAMPLES = settings(max_examples=60, deadline=None)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
PLAIN = st.none() | st.text(max_size=5) | st.integers() | st.booleans() | TIMES
ANY = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(max_size=3), PLAIN, max_size=2)
DUMPED: list[ma.Schema] = [
    TaskSchema(),
    TaskPageSchema(),
    UserSchema(),
    FeedPageSchema(),
    HistoryPageSchema(),
]
LOADED: list[ma.Schema] = [
    TaskInputSchema(),
    TaskPatchSchema(),
    TaskReplacementSchema(),
    UserPatchSchema(),
    RegistrationSchema(),
]
LIKELY: dict[str, Any] = {
    **example_of_new_task(),
    "due_date": "2026-12-24",
    "email": "ada@example.com",
    "name": " Ada ",
    "password": "correct horse battery",
    "time_zone": "Europe/Lisbon",
}


def outcome(function: Any, value: Any) -> tuple[str, Any]:
    try:
        return "value", function(value)
    except Exception as error:
        return "error", (type(error), str(error))


def stored(schema: ma.Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Generate documents for a schema: with values of any type, missing fields and nested documents."""

    def value(field: ma.fields.Field[Any]) -> st.SearchStrategy[Any]:
        if isinstance(field, ma.fields.Nested):
            return st.none() | stored(field.schema)
        if isinstance(field, ma.fields.List):
            return st.none() | st.lists(value(field.inner), max_size=3)
        return TIMES if isinstance(field, ma.fields.DateTime) else PLAIN | ANY

    fields = {field.attribute or name: value(field) for name, field in schema.dump_fields.items()}
    return st.fixed_dictionaries({}, optional=fields) | st.fixed_dictionaries(fields)


@pytest.mark.parametrize("schema", DUMPED, ids=lambda schema: type(schema).__name__)
@EXAMPLES
@given(data=st.data())
def test_compiled_dump_equals_the_schema(schema: ma.Schema, data: st.DataObject) -> None:
    document = data.draw(stored(schema))
    assert outcome(compile_dump(schema), document) == outcome(schema.dump, document)


@pytest.mark.parametrize("schema", LOADED, ids=lambda schema: type(schema).__name__)
@EXAMPLES
@given(data=st.data())
def test_compiled_load_equals_the_schema(schema: ma.Schema, data: st.DataObject) -> None:
    known = {field.data_key or name for name, field in schema.load_fields.items()}
    likely = {name: st.just(value) | ANY for name, value in LIKELY.items() if name in known}
    body = data.draw(st.fixed_dictionaries({}, optional={**likely, "unknown": PLAIN}))
    loaded = compile_load(schema)(body)
    if loaded is not None:
        assert loaded == schema.load(body)


@pytest.mark.parametrize("schema", LOADED, ids=lambda schema: type(schema).__name__)
def test_valid_body_takes_the_fast_way(schema: ma.Schema) -> None:
    known = {field.data_key or name for name, field in schema.load_fields.items()}
    body = {name: value for name, value in LIKELY.items() if name in known}
    assert compile_load(schema)(body) == schema.load(body)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"limit": "5", "status": ["pending", "completed", "pending"], "sort": ["-priority,due_date"]},
        {"limit": "0"},
        {"status": ["unknown"]},
        {"unknown": ["1", "2"]},
        {"unknown": "1"},
    ],
)
def test_compiled_query_equals_the_schema(query: dict[str, Any]) -> None:
    schema = TaskQuerySchema()
    loaded, expected = compile_load(schema)(query), outcome(schema.load, query)
    assert loaded is None if expected[0] == "error" else loaded == expected[1]


BODIES = st.recursive(PLAIN.filter(lambda each: not isinstance(each, datetime)) | st.floats(), st.lists)
MEMBERS = st.lists(st.tuples(st.sampled_from(["a", "b", "a:b", "ä"]), BODIES), max_size=4)


@EXAMPLES
@given(members=MEMBERS, spaces=st.sampled_from(["", " ", "\n"]))
def test_fast_parser_accepts_what_the_strict_one_accepts(members: list[Any], spaces: str) -> None:
    """If the fast parser accepts a body, both parsers return the same value.

    The bodies can have duplicate members and NaN.
    """
    inner = f",{spaces}".join(f"{json.dumps(name)}:{spaces}{json.dumps(value)}" for name, value in members)
    body = f"{spaces}{{{inner}}}".encode()
    fast = parsing._parse_flat(body)
    if fast is not None:
        strict = json.loads(body, parse_constant=parsing._refuse, object_pairs_hook=parsing._unique)
        assert (fast, list(fast)) == (strict, list(strict))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"a":"x:y","a":2}',
        b'{"a":NaN}',
        b'{"a":1',
        b'\xef\xbb\xbf{"a":1}',
        b'{"a":"\xff"}',
    ],
)
def test_malformed_object_is_refused(body: bytes) -> None:
    with pytest.raises(TodoError):
        parse_json(body)


def test_long_number_stays_exact() -> None:
    assert parse_json(b'{"version":123456789012345678901}') == {"version": 123456789012345678901}
