"""Booleans in query strings: every parameter accepts true and false, and nothing else."""

import json
from typing import Any

import pytest

from tests.webapp.conftest import Person
from webapp.apidocs import DOCUMENT

PARAMETERS = [
    (method, path, parameter["name"])
    for path, item in json.loads(DOCUMENT.read_text())["paths"].items()
    for method, operation in item.items()
    if method != "parameters"
    for parameter in operation.get("parameters", [])
    if parameter.get("schema", {}).get("type") == "boolean"
]


def test_documented_booleans_are_found() -> None:
    assert {name for _, _, name in PARAMETERS} == {"overdue", "has_category", "has_due_date", "everywhere"}


@pytest.mark.parametrize(("method", "path", "name"), PARAMETERS)
def test_boolean_is_true_or_false(ada: Person, method: str, path: str, name: str) -> None:
    for other in ("1", "0", "True", "FALSE", "yes", "on", "t", "", "null", "true%20"):
        answer: Any = ada.send(method.upper(), f"{path}?{name}={other}")
        assert (answer.status_code, answer.json["errors"][0]["parameter"]) == (422, name), other
    assert ada.send(method.upper(), f"{path}?{name}=true").status_code in (200, 204)
