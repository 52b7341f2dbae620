"""cfn-lint finds nothing in the committed templates, and would if there were something."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from cfnlint import lint  # type: ignore[import-untyped]  # ships no type information
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]  # ships no type information

from cloudformation.__main__ import TEMPLATES
from tests.cloudformation.rules.core import Json


def findings(text: str) -> list[str]:
    config = ManualArgs(include_checks=["I"], regions=["us-east-1"])
    return [f"{match.rule.id} {match.message}" for match in lint(text, config=config)]


def _committed() -> Iterable[Path]:
    return sorted(TEMPLATES.rglob("*.json"))


@pytest.mark.parametrize("path", _committed(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_linter_finds_nothing_not_even_advice(path: Path) -> None:
    assert findings(path.read_text()) == []


@pytest.mark.parametrize(("environment", "stack"), [("dev", "lake")])
def test_linter_notices_a_misspelt_property(template: Json) -> None:
    template["Resources"]["GoldBucket"]["Properties"]["VersionConfiguration"] = {"Status": "Enabled"}

    assert [finding.split()[0] for finding in findings(json.dumps(template))] == ["E3002"]
