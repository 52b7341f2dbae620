"""Writes the rendered templates, or compares the committed files with them."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from troposphere import Template


def write(rendered: Mapping[Path, str], directory: Path) -> Iterator[tuple[str, Path]]:
    """Write every template under `directory`; yield a word (written, unchanged or removed) and each path."""
    for path, text in rendered.items():
        target = directory / path
        if _read(target) == text:
            yield "unchanged", path
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        yield "written", path
    for path in _unexpected_files(rendered, directory):
        (directory / path).unlink()
        yield "removed", path


def find_differences(rendered: Mapping[Path, str], directory: Path) -> Iterator[str]:
    """Yield a unified diff for every file under `directory` that differs from its rendered template."""
    unexpected = {path: "" for path in _unexpected_files(rendered, directory)}
    for path, text in {**rendered, **unexpected}.items():
        committed = _read(directory / path)
        if committed != text:
            yield "".join(
                difflib.unified_diff(
                    committed.splitlines(keepends=True),
                    text.splitlines(keepends=True),
                    fromfile=f"committed/{path.as_posix()}",
                    tofile=f"rendered/{path.as_posix()}",
                )
            )


def to_text(template: Template) -> str:
    """Return the template as JSON with sorted keys, so that a diff shows only changes."""
    return f"{template.to_json(indent=2, sort_keys=True)}\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _unexpected_files(rendered: Mapping[Path, str], directory: Path) -> list[Path]:
    folders = {directory / path.parent for path in rendered}
    found = {path.relative_to(directory) for folder in folders for path in folder.glob("*.json")}
    return sorted(found - rendered.keys())
