"""## What it does
Turns one hour of the change log into one partition of every lake table, publishes these partitions together,
and writes the newest figures of the hour's users back to the collection **insights**, which the API reads.
The log is the collection **changes** in DocumentDB; an hour consists of the changes whose field **at** is
within the hour. A scheduled run, a retry and a backfill of the same hour give the same content.

A live run is a run whose last hour ended less than LOOK_BACK_HOURS ago; a backfill of older hours is not a
live run. A live run also processes three kinds of published hours again: **late** hours, for which the log
contains more changes than are published; **damaged** hours, which have a damaged file; and **erased** hours,
whose files still have personal data of an erased user.

**Inputs**: the connection **todo_database** and the variable **todo_settings**, or the environment variables
listed in dags/README.md. **Outputs**: the tables of bronze, silver and gold, as assets of these names,
**insights**, receipts of erasures, and metrics.

## What to do when it is red
The last task, **report**, fails when an hour of the run is not published or another task failed. The log and
the XCom of **report** name these hours; all other hours are published. Clear the failed tasks, with
downstream. When **plan_windows** fails, no other task runs.

* A task timed out (AirflowTaskTimeout): Airflow stopped the task after an hour and retries it. A run that
  takes longer than 12 hours fails; clear its failed and skipped tasks.
* **plan_windows**, "ends more than two hours from now": Nothing is lost; start the run again later.
* **plan_windows**, HourError: the params are not a range of hours, or a run cannot process so many hours.
  Trigger again with other params, or use a backfill.
* **plan_windows** or any other task, SettingsError: the message says what to set in **todo_settings** or
  **todo_database**.
* **plan_windows** or **process_slice**, SourceError: the database is unreachable or refuses the login. Clear
  the task when the database answers again.
* **process_slice**, VerificationError: the tables contradict each other and were *not* published; readers see
  the former content of the hour. Clear the task once; if it fails again, keep its log and call the pipeline's
  owner.
* **publish_hours**, PublishError: the message names the hours that failed and the reasons; the other hours
  are published. If files of this attempt are missing, clear process_slice, which writes the files again;
  never edit a partition by hand.
* **publish_hours**, "are published and are kept": the log contains fewer changes of the hour than are
  published, because the database is the wrong one or the changes have expired. Nothing is lost. Correct
  **todo_database**, or leave the hour as it is.
* **publish_hours** or **process_slice** waits in the state *scheduled*: the pool of the option publish_pool
  or slice_pool does not exist. Create the pool (Admin, then Pools); the pool of publish_pool has one slot.
* **write_back**, SourceError: the database is unreachable or refuses the login. The hour is published. Users
  see older insights until **write_back** succeeds in this or in a later run; a later run also writes the
  insights that are missing from earlier runs.
* **write_back** or **report**, StorageError: a published file is missing or damaged. The message names the
  table of this file. For a table that ends in **_daily**, trigger **todo_daily_compaction** without params:
  it compacts the day again. For any other table, trigger **todo_lake_maintenance**, which names the hour, and
  restore the former version of the object in the bucket, or process that hour again. Then clear the task.
* **write_back** also finishes erasures, even when it cannot write insights. It writes the receipt of a user
  when all data of this user is removed. If an erasure fails, clear the task; later runs also try again.
* **report**, MetricsError: CloudWatch does not answer. Only the metrics of this run are missing.
* **report**, "could not look for late and erased hours": the message gives the reason; the next run searches
  again. If a file cannot be read, **todo_lake_maintenance** names its hour; process that hour again.

Rejects and late hours do not turn a run red. The XCom of **report** has the number of rejects and late hours,
and the asset events of **publish_hours** have the number of rejects of each hour. The table silver_rejects
has the rejected changes and the reasons.

## How to backfill
Any hour may be processed again, in any order.

* **Backfill** (Trigger, then Backfill) takes a range of dates. Both ends are included; the date of a run is
  the end of its hour. Hours that already had a run are processed again only if you choose *all runs*. Leave
  from_hour and to_hour empty in a backfill. Otherwise every run of the backfill processes the hours from
  from_hour to to_hour instead of its own hour. One backfill of a DAG can run at a time; Airflow refuses a
  second one (HTTP 409) until the first has finished or is cancelled.
* **Trigger** takes from_hour and to_hour (UTC), where to_hour is *not* included; without these params the run
  processes the last hour that has ended. One run can process up to 1,000 slices; an hour of up to 250,000
  changes is one slice.

On the command line:

    airflow backfill create --dag-id todo_hourly_insights \\
      --reprocess-behavior completed \\
      --from-date 2026-11-20T00:00:00Z \\
      --to-date 2026-11-20T23:00:00Z
"""

from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    CronDataIntervalTimetable,
    Label,
    Param,
    PokeReturnValue,
    TaskGroup,
    dag,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowFailException

from todo_airflow import assets
from todo_airflow.policy import RUN_TIMEOUT, Tag, default_args, publish_pool, slice_pool, start_date, tags

if TYPE_CHECKING:
    from collections.abc import Sequence

    from todo_insights.hourly.manifest import Manifest, Published, Slice
    from todo_insights.hourly.run_summary import RunSummary
    from todo_insights.user_insights.write_back import WrittenBack

# The trigger rule of the tasks after process_slice: they also run after failed slices, but if plan_windows
# fails, they do not run.
UNLESS_ALL_FAILED = "all_done_min_one_success"
HOUR_PARAM = {"type": ["null", "string"], "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}$"}


# Only a sensor can release its worker slot and be started again at a given time.
@task.sensor(mode="reschedule", inlets=[assets.CHANGES])
def plan_windows() -> PokeReturnValue:
    """Wait until the hours have settled, then split these hours and the hours to reprocess into slices."""
    from todo_airflow.hourly import own_hours, slices_of, wait_until_settled
    from todo_airflow.resources import open_resources, task_settings

    context = get_current_context()
    hours = own_hours(context)
    wait_until_settled(hours, task_settings().settle)
    with open_resources() as resources:
        return PokeReturnValue(True, slices_of(hours, resources, context["ti"]))


@task(pool=slice_pool(), map_index_template="{{ slice }}", inlets=[assets.CHANGES])
def process_slice(slice_: "Slice") -> "Manifest":
    """Extract, conform, aggregate, verify and write one slice to a run folder of its own."""
    from todo_airflow.resources import now, open_resources
    from todo_insights.hourly.process import process

    context: Any = get_current_context()
    context["slice"] = f"{slice_['hour']} {slice_['slice'] + 1}/{slice_['slices']} {slice_['reason']}"
    with open_resources() as resources:
        return process(slice_, resources.database, resources.stores, now())


# This task runs also after failed slices, so that one bad hour does not stop the others.
@task(
    pool=publish_pool(),
    max_active_tis_per_dag=1,
    outlets=[*assets.HOURLY, assets.GOLD_HOURS],
    trigger_rule=UNLESS_ALL_FAILED,
)
def publish_hours(slices: list["Slice"], manifests: "Sequence[Manifest]") -> list["Published"]:
    """Publish every table of each complete hour."""
    from todo_airflow.hourly import publish, record_asset_events
    from todo_airflow.resources import open_resources
    from todo_insights.hourly.run_summary import whole_hours

    context = get_current_context()
    # Slicing loads all manifests with one request. Iterating sends one request per manifest, and logs an
    # error at the end.
    whole = whole_hours(slices, manifests[:])
    with open_resources() as resources:
        published = publish(whole, resources, context["ti"])
    record_asset_events(published, context["outlet_events"])
    return published


# One task at a time, so that each task reads the documents that the task before has written.
@task(
    max_active_tis_per_dag=1,
    trigger_rule=UNLESS_ALL_FAILED,
    inlets=[assets.GOLD_USERS, assets.GOLD_USERS_DAILY, assets.SILVER_TASKS],
    outlets=[assets.INSIGHTS],
)
def write_back(slices: list["Slice"], published: list["Published"] | None) -> "WrittenBack | None":
    """Write the insights of the users of these hours for the API, and finish erasures.

    Returns None if no hour was published: then there is nothing to do.
    """
    from todo_airflow.hourly import write_back as write
    from todo_airflow.resources import open_resources

    if published is None:
        return None
    with open_resources() as resources:
        return write(published, resources)


@task(trigger_rule=UNLESS_ALL_FAILED, inlets=[assets.GOLD_USERS, assets.GOLD_CATEGORIES, assets.SILVER_TASKS])
def report(slices: list["Slice"], published: list["Published"] | None) -> "RunSummary":
    """Send metrics and summarize the run; fails when an hour is not published or a task has failed."""
    from todo_airflow.hourly import RESULT, run_summary, send_metrics
    from todo_airflow.resources import open_resources
    from todo_insights.hourly.run_summary import has_failures, summary_text

    context = get_current_context()
    summary = run_summary(context, slices, published)
    # A failed task has no return value, so the summary is pushed as XCom before the task fails.
    context["ti"].xcom_push(RESULT, summary)
    with open_resources() as resources:
        send_metrics(context, summary, published or [], resources)
    if has_failures(summary):
        raise AirflowFailException(summary_text(summary))
    return summary


@dag(
    dag_id="todo_hourly_insights",
    description="An hour of changes becomes a partition of every lake table",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("0 * * * *", timezone="UTC"),
    start_date=start_date(),
    # After an outage of Airflow, the scheduler runs the missed hours.
    catchup=True,
    max_active_runs=8,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=default_args(),
    tags=tags(Tag.INSIGHTS, Tag.HOURLY),
    params={
        "from_hour": Param(
            None, description="first hour (UTC), like 2026-11-20T00; leave empty in a backfill", **HOUR_PARAM
        ),
        "to_hour": Param(
            None, description="the hour after the last one; leave empty in a backfill", **HOUR_PARAM
        ),
    },
)
def todo_hourly_insights() -> None:
    """Plan windows, process each slice, publish each complete hour, then write back insights and report."""

    slices = plan_windows()
    with TaskGroup(
        "log_to_lake", prefix_group_id=False, tooltip="Write Bronze, Silver and Gold, then publish"
    ):
        published = publish_hours(slices, process_slice.expand(slice_=slices))
    written = write_back(slices, published)
    written >> Label("after success or failure") >> report(slices, published)


todo_hourly_insights()
