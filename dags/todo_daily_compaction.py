"""## What it does
Compacts each complete day: its 24 hours of **gold_user_activity** and **gold_category_activity** are added up
into one partition of the daily table of the same name. Then the cutoff date of the views moves to the last
day before which every day is compacted: they read days up to it from the daily tables, and later days from
their hours. Results stay the same, only fewer files are read. The hours stay.

A day is complete when all its hours are published, and none of them is provisional. A run that changes an
hour of a day up to the cutoff compacts the day again.

Then it writes the **team report** of the 28 days before today to `reports/dt=<day>/report.html` in the zone
Gold. The XCom of **write_report** is its address. Maintenance deletes reports that are older than 30 days.

**Inputs**: the hourly tables of Gold. **Outputs**: the tables **gold_user_activity_daily** and
**gold_category_activity_daily**, the report, and rows of **gold_hours** that a run could not write. The XCom
of **fold_days** has the rows and active users of each day; so do its asset events.

## What to do when it is red
Nothing is lost: readers use the hours of a day until it is compacted.

* **fold_days**, PublishError: it names the days and the reasons; the others are compacted. If a file of an
  hour is missing, or a day is not the sum of its hours, process these hours again (Backfill of
  todo_hourly_insights), then clear the task.
* **fold_days**, HourError: a day of the params is not complete, or they are no range. `make status` shows
  which hours are missing; publish them, then trigger again.
* **fold_days**, CatalogError or SettingsError: the message says what to do.
* **write_report**, StorageError: a published file is missing or damaged. Trigger **todo_lake_maintenance**,
  which names the hour and what to do, then clear the task. The days are compacted; only the report of today
  is missing.

## How to backfill
A run without params compacts every day that is due, so a missed run needs no backfill. A day with a missing
or incomplete file is due as well: the run compacts it again, or moves the cutoff to a day before it.
Trigger a run when a query cannot read a file of a daily table.

* **Trigger** takes from_day and to_day, like 2026-11-20, where to_day is *not* included. These days are
  compacted again even if they are compacted already.
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
    """Add up the hours of each day, check the sum, and publish it."""
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
    # After the hours of the day are published, and late changes of its last hour had time to arrive.
    schedule=CronDataIntervalTimetable("30 1 * * *", timezone="UTC"),
    start_date=FIRST_DAY,
    # A run compacts all days that are due, those of missed runs included.
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
