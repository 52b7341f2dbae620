"""The code of the Lambda function that rotates passwords: cloudformation/rotation, pymongo and certificates.

Only the Python files of pymongo are included: they run on every architecture, and the C extensions that make
pymongo faster are optional. The runtime of Lambda contains boto3.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cloudformation.artefacts import bundle
from cloudformation.errors import DeployError

# The prefix of the keys of these archives in the artefact bucket.
PREFIX = "rotation"
_OURS = ("cloudformation/__init__.py", "cloudformation/rotation")
_PACKAGES = ("bson", "pymongo")


def upload(s3: Any, bucket: str, root: Path = bundle.ROOT) -> str:
    """Upload the code unless the bucket already has an object with its key, and return the key."""
    return bundle.put(s3, bucket, contents(root), PREFIX)


def contents(root: Path = bundle.ROOT) -> dict[str, bytes]:
    """Return the files by path; raises DeployError if pymongo is not installed."""
    files = {each.relative_to(root).as_posix(): each for name in _OURS for each in _python_files(root / name)}
    for name in _PACKAGES:
        folder = _package(name)
        files |= {each.relative_to(folder.parent).as_posix(): each for each in _python_files(folder)}
    read = {path: each.read_bytes() for path, each in files.items()}
    return read | {bundle.CERTIFICATES: bundle.CERTIFICATES_FILE.read_bytes()}


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or found.origin is None:
        raise DeployError(f"The Python package {name} is not installed. Run: make setup")
    return Path(found.origin).parent


def _python_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))
