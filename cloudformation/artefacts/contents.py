"""The objects in the artefact bucket that a stack reads: their keys and their content.

The content comes from the working tree, including uncommitted changes.
"""

import hashlib
from collections.abc import Mapping
from importlib.metadata import files as installed_files
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from cloudformation.errors import DeployError

ROOT = Path(__file__).parents[2]
# The CA certificates of DocumentDB, and their path in the bundles and in the folder of DAGs.
CERTIFICATES_FILE = Path(__file__).with_name("global-bundle.pem")
CERTIFICATES = "certificates/global-bundle.pem"
# The role of the API's instances can read only objects with this prefix (cloudformation/webapp/roles.py).
API_PREFIX, ROTATION_PREFIX, DAGS, HISTORY = "webapp/", "rotation/", "dags/", "history/"
REQUIREMENTS = "requirements.txt"
API_FILES = ("LICENSE", "Procfile", "gunicorn.conf.py", "requirements.txt")
# The folders in the API's bundle, and the types of files that each folder may contain.
API_FOLDERS = {
    ".ebextensions": {".config"},
    ".platform": {".conf"},
    "webapp": {".css", ".html", ".js", ".md", ".py", ".svg"},
}
# The types and names of files that are uploaded with the DAGs; other files, such as notes, are skipped.
DAG_TYPES = {".py", ".sql", ".toml", ".html", ".css", ".js", ".airflowignore", "constraints.txt"}
# The archive of Python and its packages, which `make history-archive` builds on Amazon Linux 2023.
ARCHIVE = Path("artefacts") / "history" / "environment.tar.gz"


def objects(stack: str, root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of each object by its key, in the order of the upload; empty for most stacks.

    Raises DeployError or OSError if a file is missing, and DeployError if the type of a file is not listed.
    """
    if stack == "webapp":
        return _bundle(API_PREFIX, api_files(root))
    if stack == "data":
        return _bundle(ROTATION_PREFIX, rotation_files(root))
    return history_objects(root) | dag_objects(root) if stack == "airflow" else {}


def api_files(root: Path = ROOT) -> dict[str, bytes]:
    """Return the content of each file of the API by its path.

    https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-sourcebundle.html
    """
    files = {name: (root / name).read_bytes() for name in API_FILES}
    for folder, types in API_FOLDERS.items():
        for path in (root / folder).rglob("*"):
            if path.is_file() and path.suffix not in types and "__pycache__" not in path.parts:
                raise DeployError(
                    f"{path} has a type that is not listed, so it may or may not belong to the API's bundle. "
                    f"Remove it, or add {path.suffix or path.name} to API_FOLDERS in artefacts/contents.py."
                )
        files |= _read(root / folder, types, root)
    return files | {CERTIFICATES: CERTIFICATES_FILE.read_bytes()}


def rotation_files(root: Path = ROOT) -> dict[str, bytes]:
    """Return the files of the function that rotates passwords: its code, pymongo and the certificates.

    Only the Python files of pymongo are included: they run on every architecture, and its C extensions are
    optional. The runtime of Lambda contains boto3.
    """
    files = _read(root / "cloudformation" / "rotation", {".py"}, root)
    files["cloudformation/__init__.py"] = (root / "cloudformation" / "__init__.py").read_bytes()
    pymongo = [path for path in installed_files("pymongo") or () if path.suffix == ".py"]
    files |= {path.as_posix(): path.read_binary() for path in pymongo}
    return files | {CERTIFICATES: CERTIFICATES_FILE.read_bytes()}


def dag_objects(root: Path = ROOT) -> dict[str, bytes]:
    """Return the DAGs and their requirements, as MWAA reads them from its bucket.

    MWAA copies the folder every 30 seconds, so modules are uploaded before the DAG files that import them.
    https://docs.aws.amazon.com/mwaa/latest/userguide/configuring-dag-folder.html
    """
    files = _read(root / DAGS, DAG_TYPES, root)
    files[f"{DAGS}{CERTIFICATES}"] = CERTIFICATES_FILE.read_bytes()
    files[REQUIREMENTS] = (root / DAGS / REQUIREMENTS).read_bytes()
    dag_files = {key for key in files if key.endswith(".py") and key.count("/") == 1}
    return {key: files[key] for key in sorted(files, key=lambda key: (key in dag_files, key))}


def history_objects(root: Path = ROOT) -> dict[str, bytes]:
    """Return the Spark job's entry point, the archive of its code and, if it is built, that of Python."""
    files = _read(root / DAGS / "todo_insights", {".py", ".sql", ".toml"}, root / DAGS)
    found = {f"{HISTORY}main.py": files["todo_insights/history/__main__.py"]}
    found[f"{HISTORY}todo_insights.zip"] = zip_bytes(files)
    if (root / ARCHIVE).exists():
        found[f"{HISTORY}{ARCHIVE.name}"] = (root / ARCHIVE).read_bytes()
    return found


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of these files that has the same bytes on every machine.

    Files are stored without compression, because zlib's output differs between versions. The values in each
    entry are the earliest date, the code of Unix, and the mode of a file that all users may read.
    """
    archive_bytes = BytesIO()
    with ZipFile(archive_bytes, "w", ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, content)
    return archive_bytes.getvalue()


def _bundle(prefix: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the archive by a key with its hash, so that new content has a new key."""
    archive = zip_bytes(files)
    return {f"{prefix}{hashlib.sha256(archive).hexdigest()}.zip": archive}


def _read(folder: Path, types: set[str], base: Path) -> dict[str, bytes]:
    """Return the content of the files of these types (suffixes or names) by their path relative to `base`."""
    files = {
        path.relative_to(base).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if {path.suffix, path.name} & types and path.is_file()
    }
    if not files:
        raise DeployError(f"{folder} has no files that can be deployed. Restore it with `git checkout`.")
    return files
