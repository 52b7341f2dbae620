"""## What it does
Turns one hour of the change log into one partition of every lake table, publishes all of them at once, and
writes the newest figures of the hour's users back to the collection **insights**, which the API reads.
The log is the collection **changes** in DocumentDB; an hour owns the changes whose field **at** lies in it.
A run gives the same content whenever it runs: live, retried, backfilled.

**Inputs**: the environment variables MONGODB_URI and MONGODB_DATABASE. **Outputs**: the tables of the zones
bronze, silver and gold in LAKE_URI and in the catalog, as assets of these names, and **insights**. All
variables are listed in dags/README.md.

## What to do when it is red
* **plan_windows** timed out: the window ends in the future. Nothing is lost; start the run again later.
* **plan_windows**, HourError: the params are no range of hours. Trigger again with both, or with neither.
* **process_slice**, SourceError: the database is away or refuses us. Clear the task when it is back.
* **process_slice**, VerificationError: what was computed does not add up and was *not* published; readers see
  the hour's former content. Clear it once; if it comes back, keep the log and call the pipeline's owner.
* **publish_hours**, StorageError: the files of this try are gone. Clear process_slice, which writes new ones;
  never point a partition by hand.
* **write_back**, SourceError: as above. The hour is published; users see older figures until this task, or
  that of any later run, succeeds: each also does what an earlier one left undone.
* **write_back**, StorageError: a published file is gone. Bring back the version that its bucket keeps.
* Rejects do not turn a run red; the table silver_rejects says which changes they are, and why.

## How to backfill
Any hour may be processed again, in any order.

* **Backfill** (Trigger, then Backfill) takes a range of dates. Both ends are included; a run is named after
  the end of its hour. Choose *all runs* to process hours again that had a run.
* **Trigger** takes from_hour and to_hour (UTC), where the second is *not* included; without them it processes
  the last closed hour.

On the command line:

    airflow backfill create --dag-id todo_hourly_insights \\
      --reprocess-behavior completed \\
      --from-date 2026-11-20T00:00:00Z \\
      --to-date 2026-11-20T23:00:00Z
"""

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    Asset,
    CronDataIntervalTimetable,
    Param,
    PokeReturnValue,
    conf,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from todo_insights.hourly.manifest import Manifest, Published, Slice, WrittenBack

# When the configuration names no [todo] start_date: the day this pipeline came into being.
FIRST_DAY = "2026-11-21T00:00:00+00:00"
HOUR_PARAM = {"type": ["null", "string"], "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}$"}
TABLES = (
    "bronze_task_changes",
    "bronze_user_changes",
    "silver_task_changes",
    "silver_user_changes",
    "silver_rejects",
    "gold_user_activity",
    "gold_category_activity",
)


@dag(
    dag_id="todo_hourly_insights",
    description="An hour of changes becomes a partition of every lake table",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=datetime.fromisoformat(conf.get("todo", "start_date", fallback=FIRST_DAY)),
    # An outage heals itself: the hours it missed are run when it is over.
    catchup=True,
    max_active_runs=8,
    default_args={
        "owner": "data-platform",
        "retries": 3,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=15),
    },
    tags=["todo", "insights", "hourly"],
    params={
        "from_hour": Param(None, description="first hour to process, like 2026-11-20T00 (UTC)", **HOUR_PARAM),
        "to_hour": Param(None, description="the hour after the last one to process", **HOUR_PARAM),
    },
)
def todo_hourly_insights() -> None:
    """Plan windows, process each slice, publish each hour, write figures back."""

    @task.sensor(mode="reschedule", poke_interval=60, timeout=timedelta(hours=2).total_seconds())
    def plan_windows() -> PokeReturnValue:
        """Wait until the window has settled, then cut it into slices."""
        from todo_insights.errors import HourError
        from todo_insights.hourly.extract import open_changes
        from todo_insights.hourly.slices import plan
        from todo_insights.hourly.window import window_of
        from todo_insights.settings import Settings

        context, now = get_current_context(), datetime.now(UTC)
        settings = Settings.from_environment(os.environ)
        try:
            hours = window_of(
                context["params"]["from_hour"],
                context["params"]["to_hour"],
                context.get("data_interval_start"),
                context.get("data_interval_end"),
                now,
            )
        except HourError as error:
            # Trying again does not mend a wrong range.
            raise AirflowFailException(str(error)) from error
        if now < hours[-1].end + settings.settle:
            return PokeReturnValue(False)
        with open_changes(settings) as changes:
            slices = plan(dict.fromkeys(hours, "scheduled"), changes, settings.max_changes_per_slice)
        return PokeReturnValue(True, slices)

    @task(map_index_template="{{ hour }}")
    def process_slice(piece: "Slice") -> "Manifest":
        """Extract, conform, aggregate, verify and write one slice under a prefix of its own."""
        from todo_insights.hourly.extract import open_changes
        from todo_insights.hourly.pipeline import process
        from todo_insights.lake.stores import open_stores
        from todo_insights.settings import Settings

        context: Any = get_current_context()
        context["hour"] = piece["hour"]
        settings = Settings.from_environment(os.environ)
        with open_changes(settings) as changes:
            return process(piece, changes, open_stores(settings).lake, datetime.now(UTC))

    # One at a time, so that the newer of two tries is published last.
    @task(max_active_tis_per_dag=1, outlets=[Asset(name) for name in TABLES])
    def publish_hours(manifests: list["Manifest"]) -> list["Published"]:
        """Point every table of each hour at what was just written."""
        from todo_insights.hourly import pipeline
        from todo_insights.lake.stores import open_stores
        from todo_insights.settings import Settings

        settings = Settings.from_environment(os.environ)
        # A slice is one request; iterating asks one by one and logs the miss at the end as an error.
        everything = manifests[:]
        return pipeline.publish_hours(everything, open_stores(settings), settings.settle, datetime.now(UTC))

    # One at a time, so that each finds what the one before it wrote.
    @task(max_active_tis_per_dag=1)
    def write_back(published: list["Published"]) -> "WrittenBack":
        """Write the newest figures of these hours' users to where the API reads them."""
        from todo_insights.database import open_database
        from todo_insights.figures.write_back import write_back as write
        from todo_insights.lake.stores import open_stores
        from todo_insights.settings import Settings

        settings, hours = Settings.from_environment(os.environ), [each["hour"] for each in published]
        with open_database(settings) as database:
            return write(hours, database, open_stores(settings), datetime.now(UTC))

    write_back(publish_hours(process_slice.expand(piece=plan_windows())))


todo_hourly_insights()
