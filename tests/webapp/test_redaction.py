"""No log line contains a secret or personal data that a client sends in any field of any operation."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from tests.conformance import Contract
from tests.webapp.conftest import PASSWORD, Person

MARK = "zq7mark"
Document = dict[str, Any]
IDS = {"task_id", "user_id"}


def resolve(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        name = schema["$ref"].removeprefix("#/").split("/")
        schema = document
        for part in name:
            schema = schema[part] if part != name[0] else document[part]
    return schema


def marked(document: Document, schema: Document, depth: int = 0) -> Any:
    """Return a value for the schema in which every field, of any type, contains the text MARK."""
    schema = resolve(document, schema)
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return marked(document, schema[several][-1], depth)
    if "properties" in schema and depth < 6:
        return {name: marked(document, each, depth + 1) for name, each in schema["properties"].items()}
    if "items" in schema:
        return [marked(document, schema["items"], depth + 1)]
    return f"{MARK}@example.com" if schema.get("format") == "email" else f"{MARK} {schema.get('type')}"


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Yield method, path and definition of each operation; logout is last, because it ends the session."""
    found = [
        (method.upper(), path, operation | {"shared": item.get("parameters", [])})
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]
    yield from sorted(found, key=lambda each: each[1].endswith("/logout"))


def bodies(document: Document, operation: Document) -> Iterator[Any]:
    """Yield no body, malformed JSON, a body with MARK in all fields, and examples with MARK in one field."""
    yield None
    yield f'{{"{MARK}'
    for media in operation.get("requestBody", {}).get("content", {}).values():
        every = marked(document, media["schema"])
        yield every
        yield {**every, f"{MARK}_unknown": MARK} if isinstance(every, dict) else every
        valid: Document = media.get("example") or next(
            (each["value"] for each in media.get("examples", {}).values() if "value" in each), {}
        )
        for name, value in (every if isinstance(every, dict) else {}).items():
            yield {**valid, name: value}


def test_no_line_contains_values_of_clients(
    ada: Person, app: Flask, contract: Contract, log_lines: Callable[[], list[Document]]
) -> None:
    document = contract.document
    task = ada.create(title=MARK, description=MARK, category=MARK, tags=[MARK])
    ids = {"task_id": task["id"], "user_id": ada.user_id}
    client, sent = FlaskClient(app), 0
    for method, path, operation in operations(document):
        named = [resolve(document, each) for each in operation["shared"] + operation.get("parameters", [])]
        query = {each["name"]: MARK for each in named if each["in"] == "query"}
        headers = {each["name"]: MARK for each in named if each["in"] == "header"}
        queries = [{}, query, *({name: value} for name, value in query.items())]
        for token in (f"Bearer {ada.token}", f"Bearer {MARK}", f"Basic {MARK}"):
            for place in (path.format_map(ids), path.format_map(dict.fromkeys(ids, MARK))):
                for body in bodies(document, operation):
                    text = body if isinstance(body, str) or body is None else json.dumps(body)
                    client.open(
                        place,
                        method=method,
                        data=text,
                        query_string=queries[sent % len(queries)],
                        headers={**headers, "Authorization": token, "Cookie": MARK, "User-Agent": MARK}
                        | {"Content-Type": "application/json", "Referer": MARK, "X-Forwarded-For": MARK},
                    )
                    sent += 1
    client.post("/api/v1/auth/login", json={"email": f"{MARK}@example.com", "password": f"{MARK} {PASSWORD}"})
    client.get(f"/{MARK}?{MARK}={MARK}")
    lines = log_lines()
    assert sum(line["message"] == "request" for line in lines) >= sent
    text = json.dumps(lines).lower()
    assert MARK not in text
    assert "ada@example.com" not in text
    assert not [part for part in ada.token.split(".") if part.lower() in text]
    assert PASSWORD not in text
