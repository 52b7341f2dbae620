"""The behaviour that every zone must have, tested with a folder and with S3."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from boto3 import Session

from todo_insights.core.aws import Aws
from todo_insights.core.errors import SettingsError, StorageError
from todo_insights.core.settings import Settings
from todo_insights.lake.files import WrittenFile
from todo_insights.lake.schema import GOLD_USERS
from todo_insights.lake.storage import Lake
from tools.services.aws import REGION

FOLDER = "user_activity/dt=2026-11-20/hour=05/run="
NAME = "part-00000.parquet"


@pytest.fixture(params=["files", "s3"])
def lake(request: pytest.FixtureRequest) -> Lake:
    if request.param == "files":
        return Lake(request.getfixturevalue("settings").zone_uris)
    return Lake(request.getfixturevalue("aws_settings").zone_uris, request.getfixturevalue("aws"))


def listed(lake: Lake) -> list[tuple[str, str, int]]:
    return sorted((each.location, each.name, each.size) for each in lake.files(GOLD_USERS))


def test_written_file_is_complete(lake: Lake) -> None:
    lake.require("gold", f"{FOLDER}a", lake.write("gold", f"{FOLDER}a", NAME, b"content"))
    assert listed(lake) == [(f"{FOLDER}a", NAME, 7)]


def test_listed_file_has_its_time_of_writing(lake: Lake) -> None:
    lake.write("gold", f"{FOLDER}a", NAME, b"content")
    (found,) = lake.files(GOLD_USERS)
    assert found.modified_at is not None
    assert abs(found.modified_at - datetime.now(UTC)) < timedelta(hours=1)


def test_copy_survives_removal_of_its_source(lake: Lake) -> None:
    written = lake.write("gold", f"{FOLDER}a", NAME, b"content")
    lake.copy("gold", (f"{FOLDER}a", NAME), f"{FOLDER}b", NAME)
    lake.remove("gold", f"{FOLDER}a")
    lake.require("gold", f"{FOLDER}b", written)
    assert listed(lake) == [(f"{FOLDER}b", NAME, 7)]


def test_missing_source_cannot_be_copied(lake: Lake) -> None:
    with pytest.raises(StorageError, match="cannot copy"):
        lake.copy("gold", (f"{FOLDER}a", NAME), f"{FOLDER}b", NAME)


def test_only_the_named_folder_is_removed(lake: Lake) -> None:
    for run in ("a", "ab"):
        lake.write("gold", f"{FOLDER}{run}", NAME, b"content")
    lake.remove("gold", f"{FOLDER}a")
    lake.remove("gold", f"{FOLDER}a")
    assert listed(lake) == [(f"{FOLDER}ab", NAME, 7)]


@pytest.mark.parametrize("size", [6, 8], ids=["short", "long"])
def test_file_of_another_size_is_refused(lake: Lake, size: int) -> None:
    written = lake.write("gold", f"{FOLDER}a", NAME, b"content")
    with pytest.raises(StorageError, match="process the hour again"):
        lake.require("gold", f"{FOLDER}a", replace(written, size=size))


def test_missing_file_is_refused(lake: Lake) -> None:
    with pytest.raises(StorageError, match="process the hour again"):
        lake.require("gold", f"{FOLDER}a", WrittenFile(NAME, 7, ""))


def test_table_without_files_lists_none(lake: Lake) -> None:
    assert listed(lake) == []


def test_removed_content_is_in_no_version(aws_settings: Settings, aws: Aws) -> None:
    lake, bucket = Lake(aws_settings.zone_uris, aws), aws_settings.zone_uris["gold"].removeprefix("s3://")
    for content in (b"first", b"second"):
        lake.write("gold", f"{FOLDER}a", NAME, content)
    aws.client("s3").delete_object(Bucket=bucket, Key=f"{FOLDER}a/{NAME}")
    lake.remove("gold", f"{FOLDER}a")
    found = aws.client("s3").list_object_versions(Bucket=bucket)
    assert "Versions" not in found
    assert "DeleteMarkers" not in found


def test_missing_bucket_is_a_storage_error(aws_settings: Settings, aws: Aws) -> None:
    lake = Lake({"gold": "s3://no-such-bucket-anywhere"}, aws)
    uses = (
        lambda: lake.write("gold", f"{FOLDER}a", NAME, b"content"),
        lambda: lake.remove("gold", f"{FOLDER}a"),
    )
    for use in uses:
        with pytest.raises(StorageError, match="no-such-bucket-anywhere"):
            use()


@pytest.mark.parametrize("prefix", ["", "/lake"])
def test_missing_bucket_cannot_be_listed(aws_settings: Settings, aws: Aws, prefix: str) -> None:
    lake = Lake({"gold": f"s3://no-such-bucket-anywhere{prefix}"}, aws)
    with pytest.raises(StorageError, match="bucket no-such-bucket-anywhere does not exist; correct GOLD_URI"):
        listed(lake)


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"AWS_PROFILE": "nobody"}, "AWS_PROFILE"),
        ({"AWS_DEFAULT_REGION": None}, "set AWS_DEFAULT_REGION"),
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "credentials are missing"),
        ({"AWS_ACCESS_KEY_ID": "half"} | {"AWS_SECRET_ACCESS_KEY": None}, "credentials are refused"),
    ],
    ids=["no profile", "no region", "no credentials", "half of them"],
)
def test_incomplete_credentials_error_names_missing_part(
    aws_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str | None],
    message: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    lake = Lake(aws_settings.zone_uris, Aws(aws_settings.aws_endpoints))
    with pytest.raises(SettingsError, match=message):
        lake.write("gold", f"{FOLDER}a", NAME, b"content")


def test_renewed_credentials_are_used_at_once(aws_settings: Settings) -> None:
    """A role's credentials may expire during a run, so each operation asks for the current credentials."""
    session = Session("first", "secret", "token", region_name=REGION)
    lake = Lake(aws_settings.zone_uris, aws := Aws(aws_settings.aws_endpoints, session))
    lake.write("gold", f"{FOLDER}a", NAME, b"content")
    before = aws.filesystem()
    credentials = session.get_credentials()
    credentials.access_key, credentials.token = "second", "newer"
    assert not aws.filesystem().equals(before)
    assert listed(lake) == [(f"{FOLDER}a", NAME, 7)]
