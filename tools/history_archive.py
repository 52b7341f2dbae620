"""`python -m tools.history_archive [--any-glibc]`: builds the archive of Python for the Spark job on EMR.

https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/using-python-libraries.html

The pinned packages need a newer version of Python than EMR has. So the archive contains a Python interpreter,
its standard library, and the packages of requirements/spark.txt except PySpark, which is part of EMR. The
archive works in any folder. The interpreter comes from this machine, so this machine must not have a newer
C library (glibc) than EMR. With --any-glibc, the archive is built anyway; it may not run on EMR.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools import ToolError
from tools.data_folder import ROOT

ARCHIVE = ROOT / "artefacts" / "history" / "environment.tar.gz"
# The version of glibc of Amazon Linux 2023, on which EMR 7 runs:
# https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
GLIBC = (2, 34)
_LOCK = ROOT / "requirements" / "spark.txt"
_PART_OF_EMR = ("pyspark==", "py4j==")
_LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "ensurepip",
    "*.a", "config-*",
)  # fmt: skip
_CHECK = "import boto3, bson, pandas, pyarrow, pymongo, pymongoarrow, os, sys; print(os.__file__, sys.prefix)"


def main(arguments: list[str]) -> int:
    """Build and check the archive, and print its size; returns 1 if the archive cannot run on EMR."""
    try:
        with tempfile.TemporaryDirectory() as name:
            environment = Path(name) / "environment"
            _copy_python(environment)
            _install(environment)
            needed = max(_glibc_versions(environment))
            if needed > GLIBC and arguments != ["--any-glibc"]:
                raise ToolError(
                    f"This Python needs glibc {needed[0]}.{needed[1]}, but EMR has {GLIBC[0]}.{GLIBC[1]}. "
                    "Build the archive on Amazon Linux 2023, for example in AWS CloudShell: docs/deploy.md"
                )
            _check(environment, Path(name) / "elsewhere")
            ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
            with tarfile.open(ARCHIVE, "w:gz", compresslevel=6) as archive:
                for path in sorted(environment.iterdir()):
                    archive.add(path, path.name)
    except ToolError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    sys.stdout.write(f"{ARCHIVE.relative_to(ROOT)}: {ARCHIVE.stat().st_size / 1e6:.0f} MB\n")
    return 0


def _copy_python(environment: Path) -> None:
    """Copy the interpreter without pyvenv.cfg, so that it uses the copied library wherever the copy is."""
    base = Path(sys.base_prefix)
    library = Path(sysconfig.get_path("stdlib", "posix_prefix", vars={"installed_base": str(base)}))
    shutil.copytree(library, environment / library.relative_to(base), ignore=_LEFT_OUT)
    (environment / "bin").mkdir()
    shutil.copy(Path(sys.executable).resolve(), environment / "bin" / "python")
    shared = Path(sysconfig.get_config_var("LIBDIR") or "") / str(sysconfig.get_config_var("INSTSONAME"))
    if shared.is_file() and shared.suffix != ".a":
        (environment / "lib").mkdir(exist_ok=True)
        shutil.copy(shared, environment / "lib")


def _install(environment: Path) -> None:
    lines = [each for each in _LOCK.read_text().splitlines() if not each.startswith(_PART_OF_EMR)]
    lock = environment / "packages.txt"
    lock.write_text("\n".join(lines))
    target = sysconfig.get_path("purelib", "posix_prefix", vars={"base": str(environment)})
    uv = max(ROOT.glob(".cache/uv-*/bin/uv"))
    options = ["--quiet", "--python", sys.executable, "--target", target, "-r", str(lock)]
    command = [str(uv), "pip", "install", *options]
    if subprocess.run(command, check=False).returncode:
        raise ToolError("The packages could not be installed; the output above states the reason.")


def _glibc_versions(environment: Path) -> Iterator[tuple[int, int]]:
    """Return the versions of glibc that the programs and libraries in the archive need."""
    for path in environment.rglob("*"):
        if path.is_file() and (path.suffix == ".so" or ".so." in path.name or path.parent.name == "bin"):
            for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes()):
                yield int(major), int(minor)


def _check(environment: Path, elsewhere: Path) -> None:
    """Check that a copy of the archive in another folder works without environment variables."""
    shutil.copytree(environment, elsewhere)
    command = [str(elsewhere / "bin" / "python"), "-c", _CHECK]
    env = {"LD_LIBRARY_PATH": str(elsewhere / "lib")}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode or not all(each.startswith(str(elsewhere)) for each in done.stdout.split()):
        raise ToolError(f"The archive does not work in another folder: {done.stdout}{done.stderr}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
