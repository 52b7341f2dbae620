"""The bundles of the API and of the Lambda function that rotates passwords.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-sourcebundle.html

Both bundles contain files as they are in the working tree, including uncommitted changes. FILES and FOLDERS
list the files of the API's bundle.
"""

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cloudformation.artefacts.storage import CERTIFICATES_FILE, ROOT, put_if_changed, read_files, zip_bytes
from cloudformation.errors import DeployError

FILES = ("LICENSE", "Procfile", "gunicorn.conf.py", "requirements.txt")
# The folders in the bundle, and the types of files that each folder may contain.
FOLDERS = {
    ".ebextensions": {".config"},
    ".platform": {".conf"},
    "webapp": {".css", ".html", ".js", ".md", ".py", ".svg"},
}
# The prefixes of the bundles' keys. The role of the API's instances can read only objects with the first
# prefix (cloudformation/webapp/roles.py).
PREFIX, ROTATION_PREFIX = "webapp", "rotation"
CERTIFICATES = "certificates/global-bundle.pem"


def upload(s3: Any, bucket: str, root: Path = ROOT) -> str:
    """Upload the API's bundle unless the bucket has it, and return the object key of the bundle.

    Raises DeployError if a file is missing, or if its type is not listed in FOLDERS.
    """
    return put(s3, bucket, contents(root))


def put(s3: Any, bucket: str, files: Mapping[str, bytes], prefix: str = PREFIX) -> str:
    """Upload files as a zip archive unless the bucket has this archive; return the object key."""
    key = bundle_key(files, prefix)
    put_if_changed(s3, bucket, key, zip_bytes(files))
    return key


def bundle_key(files: Mapping[str, bytes], prefix: str = PREFIX) -> str:
    """Return the object key of a bundle. It contains a hash of all paths and contents of the files."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(hashlib.sha256(path.encode()).digest() + hashlib.sha256(content).digest())
    return f"{prefix}/{digest.hexdigest()}.zip"


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of each file of the API by its path.

    Raises DeployError if a file is missing, or if its type is not listed in FOLDERS.
    """
    missing = [name for name in (*FILES, *FOLDERS) if not (root / name).exists()]
    if missing:
        raise DeployError(
            f"The API's bundle needs {', '.join(missing)} in {root}. Restore it with `git checkout`."
        )
    files = {name: (root / name).read_bytes() for name in FILES}
    for folder, types in FOLDERS.items():
        for path in (root / folder).rglob("*"):
            if path.is_file() and path.suffix not in types and "__pycache__" not in path.parts:
                raise DeployError(
                    f"{path} has a type that is not listed, so it may or may not belong to the API's bundle. "
                    f"Remove it, or add {path.suffix or path.name} to FOLDERS in artefacts/bundle.py."
                )
        files |= read_files(root / folder, types, root)
    return files | {CERTIFICATES: CERTIFICATES_FILE.read_bytes()}


def rotation_contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the files of the function that rotates passwords: its code, pymongo and the certificates.

    Only the Python files of pymongo are included: they run on every architecture, and its C extensions are
    optional. The runtime of Lambda contains boto3. Raises DeployError if pymongo is not installed.
    """
    files = read_files(root / "cloudformation" / "rotation", {".py"}, root)
    files["cloudformation/__init__.py"] = (root / "cloudformation" / "__init__.py").read_bytes()
    for name in ("bson", "pymongo"):
        found = find_spec(name)
        if found is None or found.origin is None:
            raise DeployError(f"The Python package {name} is not installed. Run: make setup")
        folder = Path(found.origin).parent
        files |= read_files(folder, {".py"}, folder.parent)
    return files | {CERTIFICATES: CERTIFICATES_FILE.read_bytes()}
