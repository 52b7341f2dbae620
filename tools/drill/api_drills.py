"""Drills of the API: a full disk, a client that sends too many requests, and a replaced signing key."""

import itertools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3

from tools.drill.incident import Fault, Lab, Outcome, Steps
from tools.drill.product import (
    TASKS,
    DrillFailed,
    Line,
    Product,
    find_line,
    running_api,
    running_database,
    wait_for,
)
from tools.services import aws, database

# The processes of the API run in a mount namespace, in which a small disk is mounted on the folder of the
# metrics file. The kernel removes the disk when the last of these processes ends.
WITH_SMALL_DISK = (
    *("unshare", "--user", "--map-root-user", "--mount", "sh", "-c"),
    'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"',
)
REQUESTS = 20
# The limit of requests per user and minute. The client sends EXCESS times as many, from SENDERS threads.
LIMIT, EXCESS, SENDERS = 600, 10, 8
LEAST_REFUSED, WINDOW_SECONDS = 300, 60.0


def disk_full(lab: Lab) -> Steps:
    """Fill the disk to which the API writes its metrics; free the space to end the fault."""
    folder = lab.new_folder()
    disk = folder.path / "disk"
    file = disk / "api-metrics.jsonl"
    with running_database(folder) as mongodb:
        disk.mkdir()
        prefix = (*WITH_SMALL_DISK, disk)
        with running_api(folder, database.uri(mongodb.port), prefix, METRICS_FILE=str(file)) as product:
            filler = product.metrics_file.with_name("filler")
            _fill(filler)
            if product.statuses(REQUESTS) != {200}:
                raise DrillFailed("requests fail when the disk of the metrics file is full")
            product.replace_workers()
            line = find_line(product.api_lines(), "metrics cannot be written")
            if emitted := product.take_metrics():
                raise DrillFailed(f"metrics were written to a full disk: {emitted}")
            yield Fault(product, line["message"])
            filler.unlink()
            product.statuses(REQUESTS)
            product.replace_workers()
            wait_for(product.take_metrics, "the API still writes no metrics")
    return Outcome("space was freed; metrics are written again", product.usual, {})


def ten_times_traffic(lab: Lab) -> Steps:
    """Send ten times as many requests as one user may send, while another user works as usual."""
    folder = lab.new_folder()
    with (
        running_database(folder) as mongodb,
        running_api(folder, database.uri(mongodb.port), RATE_LIMIT_USER=f"{LIMIT}/minute") as product,
    ):
        other = product.sign_up("other@example.com")
        with _flood(product, LIMIT * EXCESS / WINDOW_SECONDS) as statuses:
            wait_for(lambda: statuses[429] >= LEAST_REFUSED, "requests beyond the limit are not refused")
            slowest = max(other.response("GET", TASKS).elapsed.total_seconds() for _ in range(3))
            if statuses.keys() != {200, 429}:
                raise DrillFailed(f"the client got the statuses {dict(statuses)}, not only 200 and 429")
            refused = wait_for(lambda: _refused(product), "the log has no refused request")[-1]
            yield Fault(product, f"{refused['operation']} 429, user_id {refused['user_id']}")
        started = time.monotonic()
        wait_for(lambda: product.statuses(1) == {200}, "the client is still refused", 2 * WINDOW_SECONDS)
        seconds = time.monotonic() - started
    share = 100 * statuses[429] / statuses.total()
    ended = (
        f"{share:.0f} % of the requests were refused, another user waited {1000 * slowest:.0f} ms; "
        f"the client was served again {seconds:.1f} s after it stopped"
    )
    return Outcome(ended, product.usual, product.take_metrics())


def rotated_secret(lab: Lab) -> Steps:
    """Rotate the signing key twice without a pause, so that the API refuses the tokens of signed-in users.

    The API accepts only tokens that were signed with the current or the previous version of the key.
    """
    folder = lab.new_folder()
    with running_database(folder) as mongodb, aws.aws_server(folder.log("aws")) as address:
        client = boto3.client(
            "secretsmanager",
            endpoint_url=address,
            region_name=aws.REGION,
            aws_access_key_id="drill",
            aws_secret_access_key="drill",  # noqa: S106  # the emulation accepts any credentials
        )
        arn = client.create_secret(Name="jwt", SecretString=secrets.token_urlsafe(48))["ARN"]
        settings = aws.IDENTITY | {"JWT_SECRET_ARN": arn, "AWS_ENDPOINT_URL_SECRETS_MANAGER": address}
        with running_api(folder, database.uri(mongodb.port), **settings) as product:
            first = _current_version(client, arn)
            for _ in range(2):
                client.put_secret_value(SecretId=arn, SecretString=secrets.token_urlsafe(48))
            product.replace_workers()
            wait_for(lambda: product.statuses(1) == {401}, "tokens of a replaced key are still accepted")
            if product.statuses(REQUESTS) != {401}:
                raise DrillFailed("some processes still accept tokens of a replaced key")
            line = find_line(product.api_lines(), "signing with key")
            yield Fault(product, f"GET {TASKS} 401; {line['message']}")
            client.update_secret_version_stage(
                SecretId=arn,
                VersionStage="AWSCURRENT",
                MoveToVersionId=first,
                RemoveFromVersionId=_current_version(client, arn),
            )
            started = time.monotonic()
            wait_for(lambda: product.statuses(REQUESTS) == {200}, "the restored key is not accepted")
            seconds = time.monotonic() - started
    ended = f"the first version of the key was restored; the tokens were accepted after {seconds:.0f} s"
    return Outcome(ended, product.usual, product.take_metrics())


def _fill(file: Path) -> None:
    """Write to the file until the disk is full."""
    with file.open("wb", buffering=0) as opened, suppress(OSError):
        while True:
            opened.write(bytes(4096))


@contextmanager
def _flood(product: Product, per_second: float) -> Iterator[Counter[int]]:
    """Send requests at this rate until the block ends; yields a counter of the responses by status."""
    statuses: Counter[int] = Counter()
    started, numbers, over = time.monotonic(), itertools.count(), threading.Event()

    def send() -> None:
        while not over.wait(max(0.0, started + next(numbers) / per_second - time.monotonic())):
            statuses[product.client.response("GET", TASKS).status_code] += 1

    with ThreadPoolExecutor(SENDERS) as pool:
        sending = [pool.submit(send) for _ in range(SENDERS)]
        try:
            yield statuses
        finally:
            over.set()
    for each in sending:
        each.result()


def _refused(product: Product) -> list[Line]:
    return [each for each in product.api_lines() if each.get("http_status") == 429]


def _current_version(client: Any, arn: str) -> str:
    version: str = client.get_secret_value(SecretId=arn)["VersionId"]
    return version
