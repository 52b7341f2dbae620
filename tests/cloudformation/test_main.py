"""The command `synth`: the committed templates equal the output of the current code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cloudformation.__main__ import PICTURE, TEMPLATES, main
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import render
from tests.cloudformation.rules.core import Json


def test_committed_templates_equal_the_code() -> None:
    committed = {path.relative_to(TEMPLATES): path.read_text() for path in TEMPLATES.rglob("*.json")}

    assert committed == render(ENVIRONMENTS)


def test_check_does_not_depend_on_hashing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cloudformation", "synth", "--check"],
        cwd=TEMPLATES.parent.parent,
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_synth_writes_what_check_accepts(tmp_path: Path) -> None:
    assert main(["synth"], tmp_path) == 0
    assert main(["synth", "--check"], tmp_path) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dev", "prod"]


def test_synth_touches_only_the_environment_asked_for(tmp_path: Path) -> None:
    main(["synth", "--env", "dev"], tmp_path)

    assert {path.parent for path in tmp_path.rglob("*.json")} == {tmp_path / "dev"}


def test_second_synth_changes_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["synth", "--env", "dev"], tmp_path)
    before = (tmp_path / "dev/lake.json").stat().st_mtime_ns
    capsys.readouterr()

    main(["synth", "--env", "dev"], tmp_path)

    assert (tmp_path / "dev/lake.json").stat().st_mtime_ns == before
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"unchanged"}


def test_check_shows_the_changed_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["synth"], tmp_path)
    stale = tmp_path / "prod/lake.json"
    content = stale.read_text().replace('"TransitionInDays": 90', '"TransitionInDays": 80')
    stale.write_text(content)
    capsys.readouterr()

    assert main(["synth", "--check"], tmp_path) == 1

    output = capsys.readouterr()
    assert '-                  "TransitionInDays": 80\n' in output.out
    assert '+                  "TransitionInDays": 90\n' in output.out
    assert "dev/lake.json" not in output.out
    assert output.err.startswith("1 stale;")
    assert stale.read_text() == content


def test_check_misses_no_absent_template(tmp_path: Path) -> None:
    main(["synth"], tmp_path)
    (tmp_path / "dev/lake.json").unlink()

    assert main(["synth", "--check"], tmp_path) == 1


def test_template_of_no_stack_is_stale(tmp_path: Path) -> None:
    main(["synth"], tmp_path)
    leftover = tmp_path / "dev/retired.json"
    leftover.write_text("{}\n")

    assert main(["synth", "--check"], tmp_path) == 1
    main(["synth"], tmp_path)
    assert not leftover.exists()


def test_template_fits_into_one_call(template: Json) -> None:
    """A template in a call of CloudFormation, instead of in a bucket, has at most 51,200 bytes.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    assert len(json.dumps(template, separators=(",", ":")).encode()) <= 51_200


def test_outputs_are_not_exported() -> None:
    outputs = [json.loads(text)["Outputs"] for text in render(ENVIRONMENTS).values()]

    assert all(outputs)
    assert not [name for stack in outputs for name, output in stack.items() if "Export" in output]


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
