"""`tools/setup.sh` on a machine without a Python that will do."""

import subprocess
from pathlib import Path

import pytest

from tools.places import ROOT


@pytest.mark.parametrize("names", [(), ("python3",), ("python3", "python3.12", "python")])
def test_wrong_python_gets_a_clear_error(tmp_path: Path, names: tuple[str, ...]) -> None:
    commands = tmp_path / "commands"
    commands.mkdir()
    for name in names:
        # Like a Python 3.10, it fails the test of its version.
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
    assert done.stderr.startswith("Error: Python 3.11 or 3.12 is needed and was not found.")
    assert "make setup PYTHON=" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["commands"]
