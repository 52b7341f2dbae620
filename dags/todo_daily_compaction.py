"""## What it does
Folds each complete day: its 24 hours of **gold_user_activity** and **gold_category_activity** are added up
into one partition of the daily table of the same name. Views and figures take a day from there when it is
folded, and from its hours when not: that changes no answer, only how many files are read. The hours stay.

A day is complete when all its hours are published, and none of them while it was open. An hour that changes
later takes its day out of the catalog; the next run folds it again.

**Inputs**: the hourly tables of Gold. **Outputs**: the tables **gold_user_activity_daily** and
**gold_category_activity_daily**. The XCom of **fold_days** tells for each day its rows and how many users
were active; so do its asset events.

## What to do when it is red
Nothing is lost: readers take the days from their hours until they are folded.

* **fold_days**, PublishError: it names the days and why; the others are folded. If a file of an hour is gone,
  or a day does not add up to its hours, process these hours again (Backfill of todo_hourly_insights), then
  clear the task.
* **fold_days**, HourError: a day of the params is not complete, or they are no range. `make status` shows
  which hours are missing; publish them, then trigger again.
* **fold_days**, CatalogError or SettingsError: the message says what to do.

## How to backfill
A run without params folds whatever is due, however old, so a missed run needs no repeating. A day whose
file is gone or cut short is due as well: the run gives its readers the hours at once, then folds it again.
So trigger one when **write_back** or **publish_metrics** of todo_hourly_insights cannot read a daily table.

* **Trigger** takes from_day and to_day, like 2026-11-20, where the second is *not* included. These days are
  folded again even if they are folded already.
"""

from typing import TYPE_CHECKING

from airflow.sdk import CronDataIntervalTimetable, Param, dag, get_current_context, task

from todo_airflow import assets
from todo_airflow.policy import FIRST_DAY, Tag, default_args, tags

if TYPE_CHECKING:
    from todo_insights.maintenance.compaction import CompactedDay

DAY_PARAM = {"type": ["null", "string"], "format": "date"}


@task(inlets=[assets.GOLD_USERS, assets.GOLD_CATEGORIES], outlets=assets.DAILY)
def fold_days() -> list["CompactedDay"]:
    """Add up the hours of each day, check the sum, and publish it."""
    from todo_airflow.daily import compact_days, record_asset_events
    from todo_airflow.resources import open_resources

    context = get_current_context()
    with open_resources() as resources:
        folded = compact_days(context["params"], resources)
    record_asset_events(folded, context["outlet_events"])
    return folded


@dag(
    dag_id="todo_daily_compaction",
    description="A day of Gold becomes one partition, so that questions read fewer files",
    doc_md=__doc__,
    # When the hours of a day are published, and its last one had time to be late.
    schedule=CronDataIntervalTimetable("30 1 * * *", timezone="UTC"),
    start_date=FIRST_DAY,
    # A run folds all days that are due; those that were missed are among them.
    catchup=False,
    max_active_runs=1,
    default_args=default_args(),
    tags=tags(Tag.UPKEEP, Tag.DAILY),
    params={
        "from_day": Param(None, description="first day to fold, like 2026-11-20", **DAY_PARAM),
        "to_day": Param(None, description="the day after the last one to fold", **DAY_PARAM),
    },
)
def todo_daily_compaction() -> None:
    """Fold what is due."""

    fold_days()


todo_daily_compaction()
