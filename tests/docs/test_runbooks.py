"""The runbooks: each section is complete and in the index, and the commands work on a local product."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conftest import SECRET
from tests.serving import serving
from tools.data_folder import ROOT, DataFolder

PAGES = sorted((ROOT / "docs/runbooks").glob("*.md"))
README = ROOT / "docs/runbooks/README.md"
TEMPLATES = ROOT / "cloudformation/templates/prod"
PARTS = ["Symptom", "Impact", "Check", "Do", "Recovered"]
BLOCK = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def sections() -> Iterator[tuple[str, str]]:
    """Yield the heading and the text of each section that must have the parts PARTS."""
    for page in PAGES:
        if page.name == "README.md":
            continue
        text = page.read_text()
        level = "###" if page.name == "alarms.md" else "##"
        if page.name == "rebuild-from-the-lake.md":
            yield page.stem, text.partition("\n## ")[0]
            continue
        for part in re.split(rf"^{level} ", text, flags=re.MULTILINE)[1:]:
            heading, _, content = part.partition("\n")
            yield f"{page.stem}: {heading}", content


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in sections()])
def test_section_has_its_parts_in_order(text: str) -> None:
    assert re.findall(r"^- \*\*(Symptom|Impact|Check|Do|Recovered)\*\*: \S", text, re.MULTILINE) == PARTS


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in sections()])
def test_section_has_commands_and_a_sample_of_their_output(text: str) -> None:
    assert {"sh", "text"} <= {kind for kind, _, _ in BLOCK.findall(text)}


def test_index_leads_from_each_alarm_to_its_section() -> None:
    index = re.findall(r"^\| `(\w+)`.*\((alarms\.md#[\w-]+)\) \|$", README.read_text(), re.MULTILINE)
    links = {
        name: each["Properties"]["AlarmDescription"]["Fn::Sub"].rpartition("docs/runbooks/")[2]
        for name, each in json.loads((TEMPLATES / "monitoring.json").read_text())["Resources"].items()
        if "AlarmDescription" in each["Properties"]
    }
    assert dict(index) == links


def test_variables_of_commands_are_outputs_or_set_in_the_shell() -> None:
    code = {
        page: "".join(code for kind, _, code in BLOCK.findall(page.read_text()) if kind == "sh")
        for page in PAGES
    }
    used = {name for each in code.values() for name in re.findall(r"\$\{?([A-Z]\w+)", each)}
    outputs = {name for file in TEMPLATES.glob("*.json") for name in json.loads(file.read_text())["Outputs"]}
    set_in_shell = set(re.findall(r"\b([A-Z]\w+)=", code[README]))
    assert used - outputs - set_in_shell == set()


def test_each_block_is_marked() -> None:
    marks = {(kind, rest.strip()) for page in PAGES for kind, rest, _ in BLOCK.findall(page.read_text())}
    assert marks <= {("sh", ""), ("sh", "aws"), ("text", "")}


def test_commands_run_on_the_local_product(data_folder: DataFolder, mongodb_uri: str, tmp_path: Path) -> None:
    name = f"runbooks_{uuid4().hex}"
    settings = {"MONGODB_DATABASE": name, "JWT_SECRET_KEY": SECRET}
    metrics = {"METRICS_FILE": str(data_folder.metrics_file)}
    with serving(data_folder, mongodb_uri, **settings, **metrics) as api:
        _, ada = api.sign_up("ada@example.com")
        ada.send("POST", "/api/v1/tasks", {"title": "Mow"})
    env = {
        **{each: os.environ[each] for each in ("PATH", "HOME") if each in os.environ},
        **settings,
        "DATA_DIR": str(data_folder.path),
        "MONGODB_URI": mongodb_uri,
        "LAKE_URI": (tmp_path / "lake").as_uri(),
    }
    # With --old-file, make does not renew the virtualenv. `make etl` creates the tables for the queries.
    script = ["set -eux", 'make() { command make --old-file .venv/ready "$@"; }', "make etl"]
    blocks = [block for page in PAGES for block in BLOCK.findall(page.read_text())]
    # Several sections use the same command, so run each distinct line once.
    script += dict.fromkeys(
        line for kind, rest, code in blocks if (kind, rest) == ("sh", "") for line in code.splitlines()
    )
    ran = subprocess.run(
        ["sh", "-c", "\n".join(script)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stderr.count("+ command make ") >= 10
