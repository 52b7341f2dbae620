"""The source bundle from which Elastic Beanstalk starts the API.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-sourcebundle.html

The bundle contains the listed files and folders of the working tree, including uncommitted changes.
"""

import hashlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from cloudformation.artefacts.storage import put_if_changed
from cloudformation.errors import DeployError

ROOT = Path(__file__).parents[2]
FILES = ("LICENSE", "Procfile", "gunicorn.conf.py", "requirements.txt")
# The folders in the bundle, and the types of files that each folder may contain.
FOLDERS = {
    ".ebextensions": {".config"},
    ".platform": {".conf"},
    "webapp": {".css", ".html", ".js", ".md", ".py", ".svg"},
}
# The prefix of the bundles' keys. The instance role can read only objects with this prefix
# (cloudformation/webapp/roles.py).
PREFIX = "webapp"
CERTIFICATES = "certificates/global-bundle.pem"
CERTIFICATES_FILE = Path(__file__).with_name("global-bundle.pem")
# Values in the zip file: its earliest date, the code of Unix, and the mode of a file that all users may read.
_EARLIEST, _UNIX, _READABLE_FILE = (1980, 1, 1, 0, 0, 0), 3, 0o100644


def upload(s3: Any, bucket: str, root: Path = ROOT) -> str:
    """Upload the bundle unless the bucket has it, and return its key; raises DeployError."""
    return put(s3, bucket, contents(root))


def put(s3: Any, bucket: str, files: Mapping[str, bytes], prefix: str = PREFIX) -> str:
    """Upload files as a zip archive unless the bucket has it, and return the key."""
    key = bundle_key(files, prefix)
    put_if_changed(s3, bucket, key, zip_bytes(files))
    return key


def bundle_key(files: Mapping[str, bytes], prefix: str = PREFIX) -> str:
    """Return the key of a bundle: a hash of all paths and contents, so that new content has a new key."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(hashlib.sha256(path.encode()).digest() + hashlib.sha256(content).digest())
    return f"{prefix}/{digest.hexdigest()}.zip"


def contents(root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of each file of the bundle by its path.

    Raises DeployError if a file is missing or its type is not listed.
    """
    missing = [name for name in (*FILES, *FOLDERS) if not (root / name).exists()]
    if missing:
        raise DeployError(
            f"The API's bundle needs {', '.join(missing)} in {root}. Restore it with `git checkout`."
        )
    paths = [root / name for name in FILES]
    paths += [path for name, types in FOLDERS.items() for path in _files(root / name, types)]
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}
    return files | {CERTIFICATES: CERTIFICATES_FILE.read_bytes()}


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of these files that has the same bytes on every machine.

    Files are stored without compression, because zlib's output differs between versions.
    """
    archive_bytes = BytesIO()
    with ZipFile(archive_bytes, "w", ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = ZipInfo(path, _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = _READABLE_FILE << 16
            archive.writestr(entry, content)
    return archive_bytes.getvalue()


def _files(folder: Path, types: set[str]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        if path.suffix not in types:
            raise DeployError(
                f"{path} has a type that is not listed, so it may or may not belong to the API's bundle. "
                f"Remove it, or add {path.suffix or path.name} to FOLDERS in artefacts/bundle.py."
            )
        yield path
