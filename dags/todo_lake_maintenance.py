"""## What it does
Removes files that no partition names any more, when they are older than 7 days; holds the catalog against the
files; and reports size, age and holes of the lake. It never removes what a partition names, nor what it does
not know. Then it looks again after users who were erased in the last 8 days: what a slow try wrote about them
since is removed, and hours that such a try has published are erased again by the next live run.

**Inputs**: the catalog and a listing of all zones. **Outputs**: the XCom of **maintain_lake** (for each table
partitions, rows, files and bytes; the age of the newest hour; findings), and the metric OrphanFiles.

## What to do when it is red
* **report**: there are findings. Its log names each with its place and with what to do about it. Readers are
  not affected unless a finding says so. Afterwards clear **maintain_lake** with downstream, and look again.
* **maintain_lake**, StorageError or CatalogError: the lake cannot be looked at. Nothing was removed that
  anybody reads. Clear it when S3 and Glue answer.
* **recheck_erasures**, SourceError: the database is away. Clear it when it is back; receipts are looked at
  again for 8 days, so one missed day does no harm.
* **publish_metrics**, MetricsError: CloudWatch is away. The report stands; clear it to send the metric again.
* SettingsError, anywhere: the message says what to set in **todo_settings** or **todo_database**.

## How to backfill
There is nothing to backfill: a run looks at the lake as it is now. Trigger one whenever you want to know.
"""

from typing import TYPE_CHECKING

from airflow.sdk import CronDataIntervalTimetable, dag, task
from airflow.sdk.exceptions import AirflowFailException

from todo_airflow import assets
from todo_airflow.policy import FIRST_DAY, Tag, default_args, tags

if TYPE_CHECKING:
    from todo_insights.maintenance.maintain import Report


@task(inlets=[*assets.HOURLY, *assets.DAILY])
def maintain_lake() -> "Report":
    """Remove old files that no partition names, and check the rest."""
    from todo_airflow.resources import now, open_resources
    from todo_insights.maintenance.maintain import maintain

    with open_resources() as resources:
        return maintain(resources.stores, now())


@task
def recheck_erasures() -> list[str]:
    """Remove what slow tries wrote about erased users; returns of whom there was something."""
    from todo_airflow.resources import now, open_resources
    from todo_insights.maintenance.erasure import recheck_erasures

    with open_resources() as resources:
        return [receipt["_id"] for receipt in recheck_erasures(resources.database, resources.stores, now())]


@task
def publish_metrics(found: "Report") -> int:
    """Send how many orphans there are; returns how many values that were."""
    from todo_airflow.daily import send_metrics
    from todo_airflow.resources import open_resources

    with open_resources() as resources:
        return send_metrics(found, resources)


@task
def report(found: "Report") -> None:
    """Turn the run red when a finding needs somebody."""
    from todo_airflow.daily import findings_text

    if found["findings_count"]:
        raise AirflowFailException(findings_text(found))


@dag(
    dag_id="todo_lake_maintenance",
    description="What nobody reads any more is removed, and the catalog held against the files",
    doc_md=__doc__,
    # After the compaction, whose folded days it checks.
    schedule=CronDataIntervalTimetable("30 2 * * *", timezone="UTC"),
    start_date=FIRST_DAY,
    # The lake of a missed day is not there to be looked at.
    catchup=False,
    max_active_runs=1,
    default_args=default_args(),
    tags=tags(Tag.UPKEEP, Tag.DAILY),
)
def todo_lake_maintenance() -> None:
    """Look after the files, and after those who left."""

    found = maintain_lake()
    recheck_erasures()
    publish_metrics(found)
    report(found)


todo_lake_maintenance()
