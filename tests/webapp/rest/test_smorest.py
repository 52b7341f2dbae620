"""The decorators of Blueprint during requests; tests/webapp/openapi tests the documentation that they add."""

from typing import Any, NoReturn

import marshmallow as ma
import pytest

from tests.webapp.conftest import Person


def test_schemas_are_created_before_requests(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: ma.Schema, **options: Any) -> NoReturn:
        raise AssertionError("a request has created a schema")

    monkeypatch.setattr(ma.Schema, "__init__", refuse)
    task = ada.create()
    assert ada.send("PATCH", f"/api/v1/tasks/{task['id']}", {"priority": "high"}).status_code == 200
    assert ada.send("GET", "/api/v1/tasks?status=pending").status_code == 200
