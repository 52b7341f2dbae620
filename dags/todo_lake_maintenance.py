"""## What it does
Removes files that are older than 7 days and that no partition names any more, but never a file with an
unknown name. Compares the catalog with the files, and reports the size of the lake, the age of its newest
hour and missing hours. Each day, the DAG compares the hours of the newest seven days with the log, and it
compares each older day once in 30 days. The next live run of **todo_hourly_insights** (not a backfill of
older hours) processes the hours that differ again; the XCom of **maintain_lake** lists these hours as
**reprocessed**.

Then the DAG checks again the users who were erased in the last 8 days, because an attempt that read the log
before an erasure may write files after it. Such files are removed. If such an attempt has published an hour,
the next live run processes this hour again.

**Inputs**: the catalog and a listing of all zones. **Outputs**: the XCom of **maintain_lake** (the numbers of
partitions, rows, files and bytes of each table; the age of the newest hour; the findings), and the metric
OrphanFiles.

## What to do when it is red
* **report**: there are findings. The log of **report** lists each finding with its location and what to do.
  Queries are not affected unless a finding says so. Afterwards clear **maintain_lake** with downstream to
  check again.
* **maintain_lake**, StorageError or CatalogError: the lake cannot be read. No published file was removed.
  Clear the task when S3 and Glue answer.
* **recheck_erasures**, SourceError: the database is unreachable. Clear the task when the database answers;
  receipts are checked for 8 days, so one missed day does no harm.
* **publish_metrics**, MetricsError: CloudWatch does not answer. Clear the task to send the metric again.
* SettingsError, in any task: the message says what to set in **todo_settings** or **todo_database**.

## How to backfill
There is nothing to backfill: a run checks the lake as it is now. Trigger a run at any time.
"""

from typing import TYPE_CHECKING

from airflow.sdk import CronDataIntervalTimetable, dag, task
from airflow.sdk.exceptions import AirflowFailException

from todo_airflow import assets
from todo_airflow.policy import FIRST_DAY, RUN_TIMEOUT, Tag, default_args, tags

if TYPE_CHECKING:
    from todo_insights.maintenance.maintain import Report


@task(inlets=[*assets.HOURLY, *assets.DAILY, assets.GOLD_HOURS])
def maintain_lake() -> "Report":
    """Remove old files that no partition names, and check the published files and the catalog."""
    from todo_airflow.resources import now, open_resources
    from todo_insights.maintenance.maintain import maintain

    with open_resources() as resources:
        return maintain(resources.stores, resources.database, now())


@task
def recheck_erasures() -> list[str]:
    """Delete files with data of erased users that were written after the erasure; returns the users' ids."""
    from todo_airflow.resources import now, open_resources
    from todo_insights.maintenance.erasure import recheck_erasures

    with open_resources() as resources:
        return [receipt["_id"] for receipt in recheck_erasures(resources.database, resources.stores, now())]


@task
def publish_metrics(found: "Report") -> int:
    """Send the number of orphan files; returns how many metric values were sent."""
    from todo_airflow.daily import send_metrics
    from todo_airflow.resources import open_resources

    with open_resources() as resources:
        return send_metrics(found, resources)


@task
def report(found: "Report") -> None:
    """Fail when there are findings, so that the run turns red."""
    from todo_airflow.daily import findings_text

    if found["findings_count"]:
        raise AirflowFailException(findings_text(found))


@dag(
    dag_id="todo_lake_maintenance",
    description="Superseded files are removed, and the catalog is compared with the files",
    doc_md=__doc__,
    # The run starts after todo_daily_compaction, because maintenance checks the compacted days.
    schedule=CronDataIntervalTimetable("30 2 * * *", timezone="UTC"),
    start_date=FIRST_DAY,
    # Missed runs are not repeated: a run can only check the present state of the lake.
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=default_args(),
    tags=tags(Tag.UPKEEP, Tag.DAILY),
)
def todo_lake_maintenance() -> None:
    """Remove old files, check the lake, and check recent erasures again."""

    found = maintain_lake()
    recheck_erasures()
    publish_metrics(found)
    report(found)


todo_lake_maintenance()
