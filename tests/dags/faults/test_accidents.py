"""If AWS fails or the process is killed at any request, no data is lost or incomplete afterwards."""

import os
import urllib.request
from collections.abc import Callable
from functools import cache

import pytest

from tests.aws import aws_at
from tests.crashes import NEVER, Crasher
from tests.dags.faults.proxy import Fault, Proxy, no_fault, only_request, outage_from
from tests.dags.faults.stepped_hour import SteppedHour, rows_of, run_hour
from tests.sampling import sample
from todo_insights.catalog.stores import Stores, open_stores
from todo_insights.core.aws import Aws, RetryPolicy
from todo_insights.core.errors import InsightsError
from todo_insights.core.settings import Settings
from todo_insights.hourly.extract import open_changes
from todo_insights.lake.schema import BY_NAME, TABLES

pytestmark = pytest.mark.sampled
OUTAGES = [fault for fault in Fault if fault is not Fault.KILL]


@cache
def connected(address: str) -> Aws:
    """Return AWS clients for this address. All forks share the Glue client, because creating one is slow."""
    made = aws_at(address, RetryPolicy(attempts=1))
    made.client("glue")
    return made


def before_fork(environ: dict[str, str], number: int) -> None:
    connected(environ["AWS_ENDPOINT_URL"])


def run_hour_in_child(environ: dict[str, str], number: int) -> Callable[[], bool]:
    """Send the process id of this forked process to the proxy, then process and publish the hour."""
    settings = Settings.from_environment(environ)
    stores = open_stores(settings, connected(environ["AWS_ENDPOINT_URL"]))
    with urllib.request.urlopen(f"{environ['AWS_ENDPOINT_URL']}/child/{os.getpid()}"):
        pass

    def act() -> bool:
        with open_changes(settings) as changes:
            run_hour(changes, stores, number)
        return True

    return act


def environment(settings: Settings, proxy: Proxy) -> dict[str, str]:
    """Return the settings as environment variables in which the AWS endpoint is the proxy."""
    zones = {f"{zone.upper()}_URI": uri for zone, uri in settings.zone_uris.items()}
    return zones | {
        "MONGODB_URI": str(settings.mongodb_uri),
        "MONGODB_DATABASE": settings.mongodb_database,
        "CATALOG_URI": settings.catalog_uri,
        "AWS_ENDPOINT_URL": proxy.address,
    }


def objects_of(settings: Settings, aws: Aws) -> set[str]:
    """Return all object versions of every bucket, as S3 lists them."""
    return {
        f"{uri}/{each['Key']}"
        for uri in settings.zone_uris.values()
        for page in aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=uri[5:])
        for each in page.get("Versions", ())
    }


def test_next_run_repairs_failure_at_any_request(
    stepped: SteppedHour,
    oracle: Stores,
    proxy: Proxy,
    aws_settings: Settings,
    aws: Aws,
    without_retries: Aws,
    crashes: Crasher,
) -> None:
    behind = open_stores(aws_settings, without_retries)
    environ = environment(aws_settings, proxy)
    stepped.step()
    with proxy.following(no_fault):
        run_hour(stepped.changes, behind, stepped.high)
        count = len(proxy.requests)
    outcomes = set()
    for number in sample(range(count), 13):
        stepped.step()
        with proxy.following(outage_from(number, Fault.KILL)):
            arguments = {"environ": environ, "number": stepped.high}
            assert crashes.run(f"{__name__}:run_hour_in_child", [], NEVER, arguments) is None
        outcomes |= {len(stepped.look())}
        # The faults alternate between one failed request and an outage of all further requests. The client
        # does not retry.
        plan = only_request if number % 2 else outage_from
        with proxy.following(plan(number, OUTAGES[number % len(OUTAGES)])), pytest.raises(InsightsError):
            run_hour(stepped.changes, behind, stepped.high)
        stepped.publish_all_steps()
    assert outcomes == {1, 2}
    run_hour(stepped.changes, oracle, stepped.high)
    assert rows_of(stepped.stores) == rows_of(oracle)
    # Maintenance finds orphans in the list that Lake.files returns, so this list must be complete.
    lake = stepped.stores.lake
    listed = {
        f"{lake.uri(table.zone, each.location)}/{each.name}" for table in TABLES for each in lake.files(table)
    }
    listed |= {
        f"{lake.uri('bronze', each.location)}/{each.name}" for each in lake.list("bronze", "publications")
    }
    assert listed == objects_of(aws_settings, aws)
    named = {lake.uri(BY_NAME[each.table].zone, each.location) for each in stepped.stores.catalog.snapshot()}
    assert len(named) == len(TABLES)
