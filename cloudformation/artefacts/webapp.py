"""The source bundle that Elastic Beanstalk starts the API from.

https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-sourcebundle.html

Read from the working tree by a list of what belongs into it, whatever git knows of the files.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.artefacts import certificates
from cloudformation.artefacts.archive import content_hash, zip_bytes
from cloudformation.artefacts.brought import Brought
from cloudformation.errors import DeployError

ROOT = Path(__file__).parents[2]
FILES = ("LICENSE", "Procfile", "gunicorn.conf.py", "requirements.txt")
# Folders, and the kinds of files that they hold.
FOLDERS = {
    ".ebextensions": {".config"},
    ".platform": {".conf"},
    "webapp": {".css", ".html", ".js", ".md", ".py", ".svg"},
}
CACHE = "__pycache__"
# The instances may read below this alone, and the address of the database names the second.
PREFIX = "webapp"
CERTIFICATES = "certificates/global-bundle.pem"


def bring(s3: Any, bucket: str, *, upload: bool, root: Path = ROOT) -> Brought:
    """Put the bundle into the artefact bucket unless it is there; the value is its key.

    The key is made of what the bundle holds: what did not change is neither sent again nor deployed again.
    Raises DeployError when the bundle cannot be made from the files under `root`.
    """
    files = contents(root) | {CERTIFICATES: certificates.for_region(s3.meta.region_name)}
    key = f"{PREFIX}/{content_hash(files)}.zip"
    if _is_there(s3, bucket, key):
        return Brought(key)
    if upload:
        # S3 refuses what was damaged on its way.
        s3.put_object(Bucket=bucket, Key=key, Body=zip_bytes(files), ChecksumAlgorithm="SHA256")
    return Brought(key, (f"{key} is new",))


def contents(root: Path) -> dict[str, bytes]:
    """Return what the repository gives, by path; raises DeployError over a file that is missing or odd."""
    missing = [name for name in (*FILES, *FOLDERS) if not (root / name).exists()]
    if missing:
        raise DeployError(
            f"The API's bundle needs {', '.join(missing)} in {root}. Bring back what is missing."
        )
    paths = [root / name for name in FILES]
    paths += [path for name, kinds in FOLDERS.items() for path in _inside(root / name, kinds)]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _inside(folder: Path, kinds: set[str]) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_dir() or CACHE in path.parts:
            continue
        if path.suffix not in kinds:
            # Left out, it might be missed by the API; packed, it might be somebody's notes.
            raise DeployError(
                f"Nobody has said whether {path} belongs into the API's bundle. Remove it, "
                f"or add {path.suffix or path.name} to FOLDERS in cloudformation/artefacts/webapp.py."
            )
        yield path


def _is_there(s3: Any, bucket: str, key: str) -> bool:
    try:
        s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True
