"""The Makefile: `make help` lists every target."""

import re
import subprocess

from tools.data_folder import ROOT


def make(*arguments: str) -> str:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def targets() -> set[str]:
    """The command targets; the names of file targets start with a dot."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_help_lists_every_target() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S", make("help"), re.MULTILINE)
    assert sorted(listed) == sorted(targets())


def test_make_without_target_shows_help() -> None:
    assert make() == make("help")


def test_every_target_is_phony() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", make("--print-data-base", "--dry-run", "help"), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == targets()
