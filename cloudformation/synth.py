"""Templates as files: written, or compared with what the code renders now."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from troposphere import Template


def write(rendered: Mapping[Path, str], directory: Path) -> Iterator[tuple[str, Path]]:
    """Write every template under `directory`; yield what was done to each: written, unchanged or removed."""
    for path, text in rendered.items():
        target = directory / path
        if _read(target) == text:
            yield "unchanged", path
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        yield "written", path
    for path in _leftovers(rendered, directory):
        (directory / path).unlink()
        yield "removed", path


def stale(rendered: Mapping[Path, str], directory: Path) -> Iterator[str]:
    """Yield a unified diff for every file under `directory` that differs from what the code renders."""
    leftovers = {path: "" for path in _leftovers(rendered, directory)}
    for path, text in {**rendered, **leftovers}.items():
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


def text_of(template: Template) -> str:
    """Return the template as it is committed: sorted JSON, so that a diff shows changes and nothing else."""
    return f"{template.to_json(indent=2, sort_keys=True)}\n"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _leftovers(rendered: Mapping[Path, str], directory: Path) -> list[Path]:
    folders = {directory / path.parent for path in rendered}
    found = {path.relative_to(directory) for folder in folders for path in folder.glob("*.json")}
    return sorted(found - rendered.keys())
