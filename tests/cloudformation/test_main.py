"""The command `synth`: the committed templates equal the output of the current code."""

import json
import re
from pathlib import Path

import pytest

from cloudformation import synth
from cloudformation.__main__ import PICTURE, TEMPLATES, main
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render
from tests.cloudformation.rules.core import Json


def test_committed_templates_equal_the_code() -> None:
    committed = {path.relative_to(TEMPLATES): path.read_text() for path in TEMPLATES.rglob("*.json")}

    assert committed == render(ENVIRONMENTS)


def test_synth_writes_what_check_accepts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", "--env", "dev"], tmp_path) == 0
    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "dev"}
    assert main(["synth", "--env", "dev", "--check"], tmp_path) == 0
    (tmp_path / "dev/lake.json").unlink()
    capsys.readouterr()

    assert main(["synth", "--env", "dev", "--check"], tmp_path) == 1
    assert capsys.readouterr().err == "stale templates: 1; run `python -m cloudformation synth`\n"


def test_differences_are_shown_and_repaired(tmp_path: Path) -> None:
    rendered = {Path("dev") / f"{name}.json": f"{name}\nnew\n" for name in ("equal", "stale", "absent")}
    folder = tmp_path / "dev"
    folder.mkdir()
    for name, text in {"equal": "equal\nnew\n", "stale": "stale\nold\n", "retired": "{}\n"}.items():
        (folder / f"{name}.json").write_text(text)
    before = (folder / "equal.json").stat().st_mtime_ns

    shown = "".join(synth.find_differences(rendered, tmp_path))
    outcomes = {path.stem: outcome for outcome, path in synth.write(rendered, tmp_path)}

    assert "-old\n+new\n" in shown
    assert re.findall(r"rendered/dev/(\w+)", shown) == ["stale", "absent", "retired"]
    assert outcomes == {"equal": "unchanged", "stale": "written", "absent": "written", "retired": "removed"}
    assert (folder / "equal.json").stat().st_mtime_ns == before
    assert [*synth.find_differences(rendered, tmp_path)] == []


def test_template_fits_into_one_call(template: Json) -> None:
    """A template that is sent in the call itself, instead of stored in a bucket, has at most 51,200 bytes.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    assert len(json.dumps(template, separators=(",", ":")).encode()) <= 51_200


def test_stacks_depend_on_each_other_as_drawn(tmp_path: Path) -> None:
    page = tmp_path / "stacks.md"

    assert main(["graph", "--to", str(page)]) == 0
    assert main(["graph", "--to", str(page), "--check"]) == 0
    assert "    data -->|2| webapp" in page.read_text()
    page.write_text(page.read_text().replace("flowchart TD", "flowchart LR"))
    assert main(["graph", "--to", str(page), "--check"]) == 1


def test_committed_picture_is_short_and_up_to_date() -> None:
    assert main(["graph", "--check"]) == 0
    assert len(PICTURE.read_text().splitlines()) <= 100
