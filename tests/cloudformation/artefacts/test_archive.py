"""A zip says what it holds and nothing of where it was made."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from cloudformation.artefacts.archive import content_hash, zip_bytes

FILES = {"webapp/app.py": b"app", "Procfile": b"web: gunicorn\n", "LICENSE": b""}
# Made once. Another value means that what lies in a bucket under its hash may differ from what is made now.
KNOWN = "97ba42e4a8881ea4a917021a564bbac8888404674b0998e2fd7153ba5bc7fb10"


def test_zip_holds_every_file_in_order() -> None:
    with zipfile.ZipFile(BytesIO(zip_bytes(FILES))) as archive:
        assert archive.namelist() == sorted(FILES)
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_order_of_files_changes_no_byte() -> None:
    turned = dict(reversed(FILES.items()))

    assert (zip_bytes(turned), content_hash(turned)) == (zip_bytes(FILES), content_hash(FILES))


def test_zip_tells_nothing_of_its_maker() -> None:
    with zipfile.ZipFile(BytesIO(zip_bytes(FILES))) as archive:
        entries = archive.infolist()

    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.external_attr >> 16, entry.create_system, entry.extra) for entry in entries} == {
        (0o100644, 3, b"")
    }


def test_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    program = (
        "import hashlib, sys; from cloudformation.artefacts.archive import zip_bytes\n"
        f"sys.stdout.write(hashlib.sha256(zip_bytes({FILES!r})).hexdigest())"
    )
    environment = {"PYTHONPATH": str(Path(__file__).parents[3]), "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    told = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == KNOWN


@pytest.mark.parametrize(
    "other",
    [
        {**FILES, "Procfile": b"web: gunicorn"},
        {**FILES, "procfile": b""},
        {"webapp/app.py": b"app", "Procfile": b"web: gunicorn\n"},
        {"webapp/app.p": b"yapp", "Procfile": b"web: gunicorn\n", "LICENSE": b""},
    ],
    ids=["content", "one more", "one less", "moved border"],
)
def test_hash_knows_other_files(other: dict[str, bytes]) -> None:
    assert content_hash(other) != content_hash(FILES)
