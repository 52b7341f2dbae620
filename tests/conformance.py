"""Checks every response in the tests of the API against the OpenAPI document."""

import gzip
import json
import re
from dataclasses import dataclass, field
from typing import Any

import brotli
import jsonschema_rs
from backports import zstd
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from webapp.openapi.headers import HEADERS

Json = dict[str, Any]
DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


def decoded(answer: TestResponse) -> bytes:
    """Return the body of a response after decompression."""
    coding = answer.headers.get("Content-Encoding")
    return answer.data if coding is None else bytes(DECODERS[coding](answer.data))


def documented_path(rule: Rule) -> str:
    """Return the path of a Flask route in the notation of OpenAPI."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule)


@dataclass
class Contract:
    """An OpenAPI document, with methods that check responses against it."""

    document: Json
    _validators: dict[str, jsonschema_rs.Validator] = field(default_factory=dict)

    def resolve(self, node: Json) -> Json:
        """Return the node to which a `$ref` points, or the node itself if it has no `$ref`."""
        while "$ref" in node:
            found: Any = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node

    def flaws(self, schema: Json, value: Any) -> list[str]:
        """Return the errors of a value that is validated against a schema of the document."""
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        return [
            f"{error.instance_path}: {error.message[:300]}"
            for error in self._validators[key].iter_errors(value)
        ]

    def check(self, rule: Rule, method: str, answer: TestResponse) -> None:
        """Fail unless the document describes the status, headers and body of this response."""
        path = documented_path(rule)
        operation = self.document["paths"].get(path, {}).get(method.lower())
        if operation is None:
            return
        named = f"{method} {path} {answer.status_code}"
        assert str(answer.status_code) in operation["responses"], f"{named} is not documented"
        described = self.resolve(operation["responses"][str(answer.status_code)])
        self._check_headers(named, described.get("headers", {}), answer)
        self._check_body(named, described.get("content", {}), answer)

    def _check_headers(self, named: str, described: Json, answer: TestResponse) -> None:
        for name in HEADERS:
            assert name not in answer.headers or name in described, (
                f"{named} has the header {name}, which docs/openapi.json does not describe"
            )
        for name, reference in described.items():
            header = self.resolve(reference)
            if name in answer.headers:
                flaws = self.flaws(header["schema"], answer.headers[name])
                assert not flaws, "\n".join(
                    [f"the header {name} of {named} differs from docs/openapi.json:", *flaws]
                )
            else:
                assert not header.get("required"), f"{named} has no header {name}"

    def _check_body(self, named: str, content: Json, answer: TestResponse) -> None:
        if not content:
            assert answer.data == b"", f"{named} has a body that is not documented"
            return
        assert answer.mimetype in content, f"{named}: {answer.mimetype} is not documented"
        body = decoded(answer).decode()
        value = body if answer.mimetype == "text/html" else json.loads(body)
        flaws = self.flaws(content[answer.mimetype]["schema"], value)
        assert not flaws, "\n".join([f"the body of {named} differs from docs/openapi.json:", *flaws])


class ConformingClient(FlaskClient):
    """Flask's test client; it checks every response of a documented operation against the contract."""

    contract: Contract

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request; fails if the document does not describe the response."""
        answer = super().open(*args, **kwargs)
        asked = answer.request
        try:
            rule, _ = self.application.url_map.bind("").match(asked.path, asked.method, return_rule=True)
        except HTTPException:
            return answer
        self.contract.check(rule, asked.method, answer)
        return answer
