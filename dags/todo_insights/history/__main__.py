"""`python -m todo_insights.history --from DAY --to DAY --id NAME`: rebuild days on Spark, local or on EMR."""

import argparse
import logging
import os
import sys
from datetime import UTC, datetime

from todo_insights.catalog.stores import open_stores
from todo_insights.core.errors import InsightsError, SettingsError
from todo_insights.core.logs import configure
from todo_insights.core.settings import Settings
from todo_insights.history.days import days_between

# The imports above are absolute, because EMR Serverless runs this file as a script.

logger = logging.getLogger(__name__)


def main(arguments: list[str]) -> int:
    """Rebuild the days that the arguments name; if this fails, print one sentence on stderr and return 1."""
    parser = argparse.ArgumentParser(prog="python -m todo_insights.history", description=__doc__)
    parser.add_argument(
        "--from", dest="first", required=True, metavar="DAY", help="first day (UTC), like 2026-11-20"
    )
    parser.add_argument("--to", dest="end", required=True, metavar="DAY", help="the day after the last one")
    parser.add_argument(
        "--id",
        required=True,
        help="name of the rebuild; days that a run with the same id has finished are skipped",
    )
    options = parser.parse_args(arguments)
    try:
        configure(os.environ.get("LOG_FORMAT", "json"), sys.stderr)
        days = days_between(options.first, options.end, datetime.now(UTC))
        return _rebuild(days, options.id, Settings.from_environment(os.environ))
    except InsightsError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


def _rebuild(days: list[str], rebuild_id: str, settings: Settings) -> int:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SettingsError("PySpark is not installed; install it with: make spark") from error
    from todo_insights.history.rebuild import LakeAddress, rebuild

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    stores = open_stores(settings)
    stores.catalog.check()
    spark = (
        SparkSession.builder.appName("todo_history_rebuild")
        # The results of hours are small, so adaptive query execution would combine all hours into one Spark
        # task.
        .config("spark.sql.adaptive.coalescePartitions.enabled", "false")
        .config("spark.sql.shuffle.partitions", "24")
        .getOrCreate()
    )
    try:
        address = LakeAddress(dict(settings.zone_uris), dict(settings.aws_endpoints))
        done = rebuild(days, rebuild_id, stores, address, spark, lambda: datetime.now(UTC))
    finally:
        spark.stop()
    changed = sum(len(each.changed) for each in done)
    sys.stdout.write(f"{len(done)} days rebuilt, {changed} hours have other content\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
