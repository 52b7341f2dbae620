"""## What it does
Compacts each complete day: adds up its 24 hours of **gold_user_activity** and **gold_category_activity** into
one partition of the daily table of the same name. Then it moves the cutoff date of the views to the last day
up to which every day is compacted. The views read the days up to the cutoff date from the daily tables, and
later days from the hourly tables. The results of queries stay the same, but the views read fewer files. The
hourly partitions are kept.

A day is complete when all its hours are published, and none of them is provisional. If a run of the pipeline
changes an hour of a day that is not later than the cutoff date, the run compacts this day again.

Then the DAG writes the **team report** of the 28 days before today to `reports/dt=<day>/report.html` in the
zone Gold. The XCom of **write_report** is the address of the report. Maintenance deletes reports that are
older than 30 days.

**Inputs**: the hourly tables of Gold. **Outputs**: the tables **gold_user_activity_daily** and
**gold_category_activity_daily**, the report, and those rows of **gold_hours** that an hourly run could not
write. The XCom of **fold_days** and its asset events have the numbers of rows and active users of each day.

## What to do when it is red
Nothing is lost: until a day is compacted, the views read the hours of this day.

* **fold_days**, PublishError: the message names the days that failed and the reasons; the other days are
  compacted. If a file of an hour is missing, or a day is not the sum of its hours, process these hours again
  (Backfill of todo_hourly_insights), then clear the task.
* **fold_days**, HourError: a day of the params is not complete, or the params are not a range of days.
  `make status` shows which hours are missing; publish them, then trigger again.
* **fold_days**, CatalogError or SettingsError: the message says what to do.
* **write_report**, StorageError: a published file is missing or damaged. Trigger **todo_lake_maintenance**,
  which names the hour and what to do, then clear the task. The days are compacted; only today's report is
  missing.

## How to backfill
A run without params compacts every day that is due, so a missed run needs no backfill. A day with a missing
or incomplete file is due as well: the run compacts this day again, or moves the cutoff to an earlier day.
Trigger a run when a query cannot read a file of a daily table.

* **Trigger** takes from_day and to_day, like 2026-11-20, where to_day is *not* included. The run compacts
  these days even if they are already compacted.
"""

from typing import TYPE_CHECKING

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task

from todo_airflow import assets
from todo_airflow.policy import FIRST_DAY, RUN_TIMEOUT, Tag, default_args, publish_pool, tags

if TYPE_CHECKING:
    from todo_insights.maintenance.compaction import CompactedDay

DAY_PARAM = {"type": ["null", "string"], "format": "date"}


@task(pool=publish_pool(), inlets=[assets.GOLD_USERS, assets.GOLD_CATEGORIES], outlets=assets.DAILY)
def fold_days() -> list["CompactedDay"]:
    """Add up the hours of each day, check the sums, and publish the days."""
    from todo_airflow.daily import compact_days, record_asset_events
    from todo_airflow.resources import open_resources

    context = get_current_context()
    with open_resources() as resources:
        compacted = compact_days(context["params"], resources)
    record_asset_events(compacted, context["outlet_events"])
    return compacted


@task(inlets=[*assets.DAILY, assets.GOLD_HOURS])
def write_report() -> str:
    """Write the team report of the 28 days before today to Gold; returns its address."""
    from todo_airflow.daily import write_report as write
    from todo_airflow.resources import open_resources

    with open_resources() as resources:
        return write(resources)


@dag(
    dag_id="todo_daily_compaction",
    description="A day of Gold becomes one partition, so that queries read fewer files",
    doc_md=__doc__,
    # At this time, the hours of the day before are published, and late changes of its last hour have arrived.
    schedule=CronDataIntervalTimetable("30 1 * * *", timezone="UTC"),
    start_date=FIRST_DAY,
    # One run compacts all days that are due, including the days of missed runs.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=default_args(),
    tags=tags(Tag.UPKEEP, Tag.DAILY),
    params={
        "from_day": Param(None, description="first day to compact, like 2026-11-20", **DAY_PARAM),
        "to_day": Param(None, description="the day after the last one to compact", **DAY_PARAM),
    },
)
def todo_daily_compaction() -> None:
    """Compact the days that are due, then write the report."""

    fold_days() >> write_report()


todo_daily_compaction()
