"""README and docs agree with the repository: commands, links, routes and folders exist."""

import json
import re
import subprocess
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from tools.data_folder import ROOT
from webapp.app import create_app
from webapp.core.settings import Settings
from webapp.database.connection import connect

README = ROOT / "README.md"
GUIDES = sorted([ROOT / "docs/contributing.md", *ROOT.glob(".cursor/**/*.md*")])
PAGES = sorted([README, *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
# Matches "make" as a command, not as a verb: in backticks, after a prompt, or on a line with a comment.
MAKE = re.compile(r"(?:`|\$ )make ([a-z-]+)|^make ([a-z-]+) +#", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
ANCHOR = re.compile(r"\]\((?!https?://)([^)#]*)#([^)]+)\)")
# Matches a path in backticks, or a path below `tests/` in a command. `*` in a path is a wildcard.
NAMED_PATH = re.compile(
    r"`([\w.*-]+(?:/[\w.*-]+)+/?|[\w.-]+/|[\w-]+\.(?:py|sql|toml|md|json|txt))`|\b(tests/[\w./-]+)"
)
METRIC_NAMESPACE = re.compile(r"(?:TodoApi|AWS)/\w+")
ROUTE = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) `?(/[a-z0-9/{}_.-]+)")


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", pattern], cwd=ROOT, capture_output=True, check=True
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def ids(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@cache
def listed() -> list[str]:
    """Every tracked file and folder of the repository, written as `/path`."""
    files = [path.relative_to(ROOT) for path in tracked("*")]
    folders = {folder for file in files for folder in file.parents}
    return [f"/{path}" for path in (*files, *folders)]


def exists(path: str) -> bool:
    """Return whether a tracked file or folder has this path, relative to the root or to any folder."""
    first = path.split("/")[0]
    start = "/" if f"/{first}" in listed() else "*/"
    return any(fnmatchcase(each, start + path.rstrip("/")) for each in listed())


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub generates for the headings of a page."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_readme_is_short_enough() -> None:
    assert len(README.read_text().splitlines()) < 120


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_named_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {name for names in MAKE.findall(page.read_text()) for name in names if name} <= targets


def test_readme_mentions_make_targets() -> None:
    assert len(MAKE.findall(README.read_text())) >= 10


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_links_lead_to_files(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_anchors_lead_to_headings(page: Path) -> None:
    missing = [
        f"{name}#{anchor}"
        for name, anchor in ANCHOR.findall(page.read_text())
        if anchor not in headings(page.parent / name if name else page)
    ]
    assert missing == []


@pytest.mark.parametrize("page", GUIDES, ids=ids(GUIDES))
def test_named_paths_exist(page: Path) -> None:
    named = {first or second for first, second in NAMED_PATH.findall(page.read_text())}
    assert [path for path in sorted(named) if not METRIC_NAMESPACE.fullmatch(path) and not exists(path)] == []


@pytest.mark.parametrize("path", ["tests/doc", "gone.py", "docs/gone.md", "docs/test_pages.py", "gone/*.py"])
def test_missing_path_is_noticed(path: str) -> None:
    assert not exists(path)


def test_readme_lists_every_folder() -> None:
    text = README.read_text()
    folders = {path.relative_to(ROOT).parts[0] for path in tracked("*/*")} - {
        ".github",
        ".ci",
        "requirements",
    }
    assert [folder for folder in sorted(folders) if f"`{folder}/`" not in text] == []


def test_named_routes_are_served() -> None:
    settings = Settings(jwt_secret="x" * 32, mongodb_uri="mongodb://127.0.0.1:9/?connect=false")
    app = create_app(settings, database := connect(settings))
    document = json.loads(app.test_client().get("/openapi.json").data)
    database.client.close()
    served = {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}
    named = set(ROUTE.findall(README.read_text()))
    assert named
    assert named <= served


def test_files_have_at_most_250_lines() -> None:
    long = {
        path.name: lines for path in tracked("*.py") if (lines := len(path.read_text().splitlines())) > 250
    }
    assert long == {}


def test_direct_requirements_are_locked() -> None:
    for wanted, lock in (
        ("web.in", "../requirements.txt"),
        ("dev.in", "dev.txt"),
        ("airflow.in", "airflow.txt"),
        ("airflow-next.in", "airflow-next.txt"),
    ):
        pins = set(_pins(ROOT / "requirements" / lock))
        assert [pin for pin in _pins(ROOT / "requirements" / wanted) if pin not in pins] == []


def test_both_virtualenvs_have_equal_parquet_libraries() -> None:
    names = ("numpy", "pandas", "pyarrow", "pymongoarrow")
    first, second = (dict(_pins(ROOT / "requirements" / lock)) for lock in ("dev.txt", "airflow.txt"))
    assert [first[name] for name in names] == [second[name] for name in names]


def _pins(path: Path) -> list[tuple[str, str]]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", path.read_text(), re.MULTILINE)
    return [(name.lower().replace("_", "-"), version) for name, version in found]
