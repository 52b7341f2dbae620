"""Computes what each part of the product needs for a rate of writes, from units.toml and prices.toml."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from todo_insights.core.text import counted
from todo_insights.hourly.planning import MAX_SLICES

HOURS_PER_MONTH = 730
_DAY, _MONTH_DAYS, _YEAR_DAYS = 86_400, 30.4, 365
_GB, _TB = 1e9, 1e12
# https://docs.aws.amazon.com/documentdb/latest/developerguide/limits.html
DATABASE_TB = 140.0
DATABASE_INSTANCES, API_INSTANCES, API_VCPUS = 3, 2, 2
# The bytes that a query may scan in prod: `scan_limit_bytes` in cloudformation/settings.py.
PROD_SCAN_LIMIT = 100 * 2**30
# The maximum number of changes in a slice: the default of MAX_CHANGES_PER_SLICE.
SLICE = 250_000
# A query of a year reads one file per day from each of the two daily tables of Gold.
GOLD_FILES_PER_DAY = 2


@dataclass(frozen=True)
class Need:
    """The resources that one part of the product needs; `usd` is their price in US dollars per month.

    `limit` is the number of writes per second up to which the design works. `change` gives the cause of the
    limit, and how the design has to change for a higher rate. `limit` is infinite if the part can be extended
    by instances for any rate.
    """

    part: str
    needs: str
    usd: float
    limit: float = math.inf
    change: str = ""


@dataclass(frozen=True)
class Figures:
    """The measured and assumed values by name, and the prices."""

    units: Mapping[str, float]
    prices: Mapping[str, Any]

    @classmethod
    def read(cls) -> "Figures":
        """Read units.toml and prices.toml in the folder of this module."""
        units, prices = (read_toml(name) for name in ("units.toml", "prices.toml"))
        return cls({name: unit["value"] for name, unit in units.items()}, prices)

    def price(self, name: str) -> float:
        """Return a price from prices.toml."""
        return float(self.prices["prices"][name])


def read_toml(name: str) -> dict[str, Any]:
    """Return the content of a TOML file in the folder of this module."""
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))


def needs(writes: float, figures: Figures) -> list[Need]:
    """Return the needs of each part for a constant rate of writes per second."""
    return [
        _api(writes, figures),
        _load_balancer(writes, figures),
        _database(writes, figures),
        _log_storage(writes, figures),
        _slices(writes),
        _gold_sum(writes, figures),
        _airflow(writes, figures),
        _lake(writes, figures),
        _athena(writes, figures),
        _rebuild(writes, figures),
    ]


def first_to_fail(writes: float, figures: Figures) -> Need | None:
    """Return the part that fails first at this rate of writes, or None if every limit is higher."""
    failing = [each for each in needs(writes, figures) if each.limit < writes]
    return min(failing, key=lambda each: each.limit, default=None)


def _api(writes: float, figures: Figures) -> Need:
    units = figures.units
    vcpus = writes * units["api_cpu_ms"] / 1000 / units["target_load"]
    count = max(API_INSTANCES, math.ceil(vcpus / API_VCPUS))
    usd = count * figures.price("api_instance_hour") * HOURS_PER_MONTH
    return Need("API", f"{count:,} instances of c7g.large ({vcpus:,.2f} vCPU)", usd)


def _load_balancer(writes: float, figures: Figures) -> Need:
    # The load balancer is charged by bytes and new connections. It is assumed that a request with its
    # response has about the size of two changes, and that a connection serves 30 requests.
    gigabytes = writes * 2 * figures.units["change_bytes"] * 3600 / _GB
    units = max(1.0, gigabytes, writes / 30 / 25)
    hour = figures.price("load_balancer_hour") + units * figures.price("load_balancer_unit_hour")
    return Need("load balancer", counted(math.ceil(units), "capacity unit"), hour * HOURS_PER_MONTH)


def _database(writes: float, figures: Figures) -> Need:
    units, classes = figures.units, figures.prices["database_classes"]
    vcpus = writes * units["database_commands"] / units["database_commands_per_vcpu"] / units["target_load"]
    limit = classes[-1]["vcpus"] * writes / vcpus
    chosen = next((each for each in classes if each["vcpus"] >= vcpus), classes[-1])
    clusters = math.ceil(vcpus / chosen["vcpus"])
    io = writes * units["database_io_per_write"] * _DAY * _MONTH_DAYS / 1e6
    usd = clusters * DATABASE_INSTANCES * chosen["hour"] * HOURS_PER_MONTH
    usd += io * figures.price("database_million_io")
    shards = f"{clusters} shards, each " if clusters > 1 else ""
    return Need(
        "DocumentDB",
        f"{shards}{DATABASE_INSTANCES} instances of {chosen['name']}",
        usd,
        limit,
        "One primary takes all writes; shard by user (elastic clusters), because no query spans users",
    )


def _log_storage(writes: float, figures: Figures) -> Need:
    per_write = figures.units["change_bytes"] * 2 * _DAY * figures.units["log_days"] / _TB
    terabytes = writes * per_write
    return Need(
        "storage of the log",
        f"{terabytes:,.2f} TB for {figures.units['log_days']:.0f} days",
        terabytes * 1000 * figures.price("database_storage_gb_month"),
        DATABASE_TB / per_write,
        "A cluster holds 128 TiB; let changes expire sooner, because Bronze keeps them",
    )


def _slices(writes: float) -> Need:
    count = math.ceil(writes * 3600 / SLICE)
    return Need(
        "slices",
        f"{count:,} per hour, with at most {SLICE:,} changes per slice",
        0.0,
        MAX_SLICES * SLICE / 3600,
        "A run has at most 1,000 slices; process a quarter of an hour in each run, or use larger slices",
    )


def _gold_sum(writes: float, figures: Figures) -> Need:
    memory = _gold_sum_gb(writes, figures)
    worker = figures.prices["airflow_classes"][-1]["memory_gb"]
    low, high = 1.0, 1e7
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _gold_sum_gb(middle, figures) <= worker else (low, middle)
    return Need(
        "adding up Gold",
        f"one task with {memory:,.2f} GB of memory",
        0.0,
        low,
        "One task adds up all slices of an hour; cut slices by user instead of by time: each row of "
        "gold_user_activity then comes from one slice",
    )


def _gold_sum_gb(writes: float, figures: Figures) -> float:
    changes = writes * 3600
    slices, users = math.ceil(changes / SLICE), changes / figures.units["changes_per_user_hour"]
    # Users are active during the whole hour, so each slice contains changes of nearly every user.
    rows = slices * min(changes / slices, users)
    return rows * figures.units["gold_row_memory_bytes"] / _GB


def _airflow(writes: float, figures: Figures) -> Need:
    units, classes = figures.units, figures.prices["airflow_classes"]
    changes = writes * 3600
    users = changes / units["changes_per_user_hour"]
    slices = math.ceil(changes / SLICE)
    # A run has one task per slice and four other tasks: plan, publish, write back and report.
    seconds = (slices + 4) * units["slice_start_cpu_seconds"] + changes * units["slice_cpu_us"] / 1e6
    seconds += users * units["write_back_cpu_ms"] / 1000
    vcpus = seconds / 3600 / units["target_load"]
    slice_gb = units["slice_peak_mb"] * min(1.0, changes / SLICE) / 1000
    fitting = [each for each in classes if each["max_workers"] * each["vcpus"] >= vcpus]
    chosen = next((each for each in fitting if each["memory_gb"] >= 2 + slice_gb), classes[-1])
    workers = max(1, math.ceil(vcpus / chosen["vcpus"]))
    usd = (chosen["environment_hour"] + (workers - 1) * chosen["worker_hour"]) * HOURS_PER_MONTH
    top = classes[-1]
    limit = top["vcpus"] * top["max_workers"] * writes / vcpus
    return Need(
        "Airflow",
        f"{counted(workers, 'worker')} of {chosen['name']}; the tasks of an hour use {seconds:,.0f} CPU s",
        usd,
        limit,
        "An environment has at most 25 workers; process hours on EMR Serverless, as a rebuild does",
    )


def _lake(writes: float, figures: Figures) -> Need:
    changes = writes * _DAY * _YEAR_DAYS
    bronze = changes * figures.units["bronze_bytes"] / _GB
    others = changes * (figures.units["silver_bytes"] + figures.units["gold_bytes"]) / _GB
    usd = bronze * figures.price("storage_ir_gb_month") + others * figures.price("storage_gb_month")
    return Need("lake", f"{(bronze + others) / 1000:,.2f} TB after a year", usd)


def _athena(writes: float, figures: Figures) -> Need:
    gigabytes = writes * _DAY * _YEAR_DAYS * figures.units["gold_bytes"] / _GB
    files = GOLD_FILES_PER_DAY * _YEAR_DAYS
    queries = figures.units["queries_per_day"] * _MONTH_DAYS
    usd = queries * gigabytes / 1000 * figures.price("athena_tb")
    return Need(
        "Athena",
        f"a query of a year reads {files} files with together at most {gigabytes:,.2f} GB",
        usd,
        PROD_SCAN_LIMIT / (_DAY * _YEAR_DAYS * figures.units["gold_bytes"]),
        "The workgroup of prod cancels a query at 100 GiB; query fewer columns or months, or raise the limit",
    )


def _rebuild(writes: float, figures: Figures) -> Need:
    hours = writes * _DAY * _MONTH_DAYS * figures.units["rebuild_cpu_us"] / 1e6 / 3600
    usd = hours * (figures.price("spark_vcpu_hour") + 4 * figures.price("spark_gb_hour"))
    return Need("rebuild of a month", f"{hours:,.1f} vCPU hours on Spark, ${usd:,.2f} each time", 0.0)
