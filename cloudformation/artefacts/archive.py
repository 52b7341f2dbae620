"""Zip files that are the same bytes wherever they are made, and the name that their contents give them."""

import hashlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

# The first moment that the format can tell; when a file was checked out is nobody's business.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
UNIX = 3
PLAIN_FILE = 0o100644


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of the files, which are given by their paths in it.

    Stored rather than deflated: zlib compresses differently from one machine to the next, and what is saved
    on a megabyte is not worth that.
    """
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = ZipInfo(path, LONG_AGO)
            entry.create_system = UNIX
            entry.external_attr = PLAIN_FILE << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def content_hash(files: Mapping[str, bytes]) -> str:
    """Return 64 hexadecimal digits that stand for paths and contents, however they are packed."""
    whole = hashlib.sha256()
    for path, content in sorted(files.items()):
        whole.update(hashlib.sha256(path.encode()).digest() + hashlib.sha256(content).digest())
    return whole.hexdigest()
