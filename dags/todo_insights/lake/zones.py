"""Zones: the storage of files, in a local folder or under a prefix of an S3 bucket."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from pyarrow import fs

from ..core.aws import Aws
from ..core.errors import StorageError


class Zone(Protocol):
    """The storage of one zone; names of files are relative to the root of the zone, with slashes."""

    @property
    def filesystem(self) -> fs.FileSystem:
        """The pyarrow filesystem of the files. Read this property for each operation: credentials expire."""

    @property
    def root(self) -> str:
        """The path of the zone in its filesystem, without a slash at its end."""

    @property
    def uri(self) -> str:
        """The address of the root for other programs, such as s3://bucket/prefix."""

    def absent_bucket(self) -> str | None:
        """Return the name of the zone's bucket if the bucket does not exist, else None. Raises OSError."""

    def write(self, location: str, name: str, content: bytes) -> None:
        """Store a file; readers see it only when its content is complete. Raises OSError."""

    def stored_checksum(self, location: str, name: str) -> str | None:
        """The SHA-256 in hex that is stored with a file, or None if none is stored. Raises OSError."""

    def copy(self, source: str, source_name: str, location: str, name: str) -> None:
        """Copy a file; the copy is as durable as a file that `write` stored. Raises OSError."""

    def remove(self, location: str) -> None:
        """Delete a folder with all former versions of its files; a missing folder is not an error."""


class LocalZone:
    """A zone in a local folder; a file survives a power failure once `write` has returned."""

    def __init__(self, root: str) -> None:
        self.filesystem, self.root, self.uri = fs.LocalFileSystem(), root, Path(root).as_uri()

    def absent_bucket(self) -> None:
        """Return None: a local folder needs no bucket, and the first write creates the folder."""

    def write(self, location: str, name: str, content: bytes) -> None:
        """Store a file under a temporary name, and rename the file when it is on disk."""
        folder = Path(self.root) / location
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{name}.partial"
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(folder / name)
        self._sync(location)

    def stored_checksum(self, location: str, name: str) -> None:
        """Return None: a local folder stores no checksums."""

    def copy(self, source: str, source_name: str, location: str, name: str) -> None:
        """Create a hard link with the new name, because the content of a file never changes."""
        folder = Path(self.root) / location
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).hardlink_to(Path(self.root) / source / source_name)
        self._sync(location)

    def remove(self, location: str) -> None:
        """Delete a folder and all files in it."""
        folder = f"{self.root}/{location}"
        try:
            if self.filesystem.get_file_info(folder).type != fs.FileType.NotFound:
                self.filesystem.delete_dir(folder)
        except OSError as error:
            raise StorageError(f"cannot remove {folder}: {error}") from error

    def _sync(self, location: str) -> None:
        folder = Path(self.root) / location
        # Another process may have created a parent folder and not synced it to disk yet, so every parent is
        # synced each time.
        for each in (folder, *folder.parents[: len(Path(location).parts) + 1]):
            sync_folder(each)


class S3Zone:
    """A zone under a prefix of an S3 bucket; an object becomes visible only when its upload is complete."""

    def __init__(self, root: str, aws: Aws) -> None:
        self.root, self.uri, self._aws = root, f"s3://{root}", aws

    @property
    def filesystem(self) -> fs.FileSystem:
        """The S3 filesystem with the current credentials."""
        return self._aws.filesystem()

    def absent_bucket(self) -> str | None:
        """Ask S3 whether the bucket exists; this needs only the permission to list the bucket."""
        bucket = self.root.partition("/")[0]
        missing = self.filesystem.get_file_info(bucket).type == fs.FileType.NotFound
        return bucket if missing else None

    def write(self, location: str, name: str, content: bytes) -> None:
        """Upload a file; S3 verifies and stores its SHA-256 checksum."""
        with _as_os_error():
            self._aws.client("s3").put_object(
                **self._object(location, name), Body=content, ChecksumAlgorithm="SHA256"
            )

    def stored_checksum(self, location: str, name: str) -> str | None:
        """Ask S3 for the checksum of an object without downloading the content."""
        with _as_os_error():
            answer = self._aws.client("s3").head_object(
                **self._object(location, name), ChecksumMode="ENABLED"
            )
        stored = answer.get("ChecksumSHA256")
        # S3 gives a multipart upload a checksum of the checksums of its parts, which is not the checksum of
        # the content.
        return None if stored is None or "-" in stored else base64.b64decode(stored).hex()

    def copy(self, source: str, source_name: str, location: str, name: str) -> None:
        """Copy the object inside S3."""
        with _as_os_error():
            self._aws.client("s3").copy_object(
                **self._object(location, name),
                CopySource=self._object(source, source_name),
                ChecksumAlgorithm="SHA256",
            )

    def _object(self, location: str, name: str) -> dict[str, str]:
        bucket, _, key = f"{self.root}/{location}/{name}".partition("/")
        return {"Bucket": bucket, "Key": key}

    def remove(self, location: str) -> None:
        """Delete every version of every object below a prefix, and the markers of earlier deletes.

        In a versioned bucket, a plain delete hides an object without removing it, which is not enough for an
        erasure.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        bucket, _, prefix = f"{self.root}/{location}/".partition("/")
        try:
            s3 = self._aws.client("s3")
            pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
            for page in pages:
                found = [
                    {"Key": each["Key"], "VersionId": each["VersionId"]}
                    for kind in ("Versions", "DeleteMarkers")
                    for each in page.get(kind, ())
                ]
                if found:
                    _raise_first(s3.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True}))
        except (BotoCoreError, ClientError) as error:
            raise StorageError(f"cannot remove s3://{bucket}/{prefix}: {error}") from error


def open_zone(uri: str, aws: Aws) -> Zone:
    """The zone at a file:// or s3:// address; raises StorageError for any other address."""
    if uri.startswith("s3://"):
        return S3Zone(uri.removeprefix("s3://").rstrip("/"), aws)
    try:
        filesystem, root = fs.FileSystem.from_uri(uri)
    except (pa.ArrowInvalid, OSError) as error:
        raise StorageError(f"cannot open {uri}: {error}") from error
    if not isinstance(filesystem, fs.LocalFileSystem):
        raise StorageError(f"cannot open {uri}: a zone is at a file:// or an s3:// address")
    return LocalZone(root.rstrip("/"))


def sync_folder(folder: Path) -> None:
    """Sync a local folder to disk, so that the names of its files survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Convert an error of S3 to an OSError, as pyarrow's filesystem does."""
    # botocore is imported here, because a lake in a folder does not need the libraries of AWS.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise OSError(str(error)) from error


def _raise_first(answer: dict[str, Any]) -> None:
    """Raise StorageError for the first object that S3 did not delete; S3 answers 200 even in this case."""
    for error in answer.get("Errors", ()):
        raise StorageError(f"cannot remove {error['Key']}: {error['Code']}, {error['Message']}")
