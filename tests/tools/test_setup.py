"""`tools/setup.sh` on a machine without a supported Python."""

import subprocess
from pathlib import Path

import pytest

from tools.data_folder import ROOT


@pytest.mark.parametrize("names", [(), ("python3",), ("python3", "python3.12", "python")])
def test_unsupported_python_is_a_clear_error(tmp_path: Path, names: tuple[str, ...]) -> None:
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in names:
        # A script in place of Python; it fails the version check, as Python 3.10 does.
        (commands / name).write_text("#!/bin/sh\nexit 1\n")
        (commands / name).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", ROOT / "tools" / "setup.sh", ".venv", ROOT / "requirements" / "dev.txt"],
        cwd=tmp_path,
        env={"PATH": str(commands)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: Python 3.11 or 3.12 is required, but was not found.")
    assert "make setup PYTHON=" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["commands"]
