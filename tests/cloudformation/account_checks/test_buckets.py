"""Emptying a bucket, on S3 as moto serves it."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from cloudformation.account.buckets import ROUNDS, empty_bucket
from cloudformation.errors import DeployError
from tests.aws import IDENTITY, REGION
from tests.cloudformation.account_checks.answers import Answer, Json, answer

Client = Callable[[str], Any]
BUCKET = "todo-insights-dev-results"
KEYS = [f"result/{number}" for number in range(100)]
# As many markers on each key as bring the versions over one page of S3's listings, which ends at 1000.
MARKERS = 10


@pytest.fixture
def s3(client: Client, account_address: str) -> Any:
    """A client of the test's own, whose answers it may change."""
    own = boto3.client(
        "s3",
        endpoint_url=account_address,
        region_name=REGION,
        aws_access_key_id=IDENTITY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=IDENTITY["AWS_SECRET_ACCESS_KEY"],
    )
    own.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    own.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return own


def test_every_version_and_marker_is_deleted(s3: Any) -> None:
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")
    for _ in range(MARKERS):
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in KEYS]})
    heard: list[int] = []

    assert empty_bucket(s3, BUCKET, heard.append, _never) == 1100

    assert heard == [1000, 1100]
    s3.delete_bucket(Bucket=BUCKET)


def test_unfinished_uploads_are_aborted(s3: Any) -> None:
    s3.create_multipart_upload(Bucket=BUCKET, Key="large")

    assert empty_bucket(s3, BUCKET, _nobody, _never) == 1

    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


def test_missing_bucket_counts_as_empty(s3: Any) -> None:
    assert empty_bucket(s3, "todo-insights-of-nobody", _nobody, _never) == 0


def test_late_arrivals_are_deleted_too(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="log/0", Body=b"1")
    late = iter(["log/1", "log/2"])
    answer(s3, DeleteObjects=_putting(s3, late))
    slept: list[float] = []

    assert empty_bucket(s3, BUCKET, _nobody, slept.append) == 3

    assert slept
    s3.delete_bucket(Bucket=BUCKET)


def test_bucket_that_goes_on_filling_is_told(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="log/0", Body=b"1")
    answer(s3, DeleteObjects=_putting(s3, (f"log/{number}" for number in range(1, 100))))
    slept: list[float] = []

    with pytest.raises(DeployError, match=f"{BUCKET} is still not empty after {ROUNDS} rounds.*run the comm"):
        empty_bucket(s3, BUCKET, _nobody, slept.append)

    assert len(slept) == ROUNDS - 2


def test_refusal_inside_an_answer_is_told(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="held", Body=b"1")
    answer(s3, DeleteObjects=lambda asked: {"Errors": [{"Key": "held", "Code": "AccessDenied"}]})

    with pytest.raises(DeployError, match=f"does not delete held from {BUCKET}: AccessDenied"):
        empty_bucket(s3, BUCKET, _nobody, _never)


def test_object_that_was_busy_is_tried_again(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="busy", Body=b"1")
    answers = iter([{"Errors": [{"Key": "busy", "Code": "SlowDown"}]}])
    answer(s3, DeleteObjects=lambda asked: next(answers, None))

    assert empty_bucket(s3, BUCKET, _nobody, lambda seconds: None) == 1

    s3.delete_bucket(Bucket=BUCKET)


def _putting(s3: Any, keys: Any) -> Answer:
    """Let every deletion pass, after one more object has arrived."""

    def put(asked: Json) -> None:
        if key := next(keys, None):
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"1")

    return put


def _nobody(count: int) -> None:
    """Hear nothing."""


def _never(seconds: float) -> None:
    raise AssertionError(f"nothing to wait {seconds} s for")
