"""## What it does
Computes Silver and Gold of past days again from their published Bronze, with the same functions as
**todo_hourly_insights**, and publishes the result in the same catalog. The Spark job reads neither the change
log nor any other collection of the database. Use this DAG after a change of the rules for Silver or Gold. It
also works for days whose changes have expired in the log.

The work runs on **Spark**: on EMR Serverless if **todo_settings** has HISTORY_APPLICATION_ID (the stack
**airflow** sets it), else on this machine with the PySpark of `make spark`. If the content of an hour is the
same as before, nothing is published for it. If another run has read an hour from the log again in the
meantime, the hour keeps that newer content.

Then the changed hours are compacted and written back to **insights**, as after an hourly run.

**Inputs**: the tables of Bronze and **silver_rejects**. **Outputs**: the tables of Silver and Gold, and
**insights**. The XCom of **finish_rebuild** has the numbers of days, hours, changes, rejects and changed
hours.

## What to do when it is red
Nothing is lost: an hour keeps its former content until its new content is published. After you clear
**rebuild_days**, the task continues after the last finished day of its run; a new run begins with the first
day.

* **plan_rebuild**, HourError: from_day and to_day are not a range of past days. Trigger again with other
  params.
* **rebuild_days**, "needs Spark": run `make spark` on this machine, then clear the task.
* **rebuild_days**, SettingsError: the message says what to set in **todo_settings**.
* **rebuild_days**, on EMR Serverless: the log of the job is in the log group HISTORY_LOG_GROUP of
  **todo_settings**; its last line on stderr names the hours that failed and the reasons. If the job cannot
  find `environment.tar.gz`, build and upload this file (`make history-archive`, docs/deploy.md).
* **rebuild_days**, VerificationError: changes of an hour are missing in Bronze, or the tables of the hour
  contradict each other. That hour was not published. **todo_lake_maintenance** names damaged files.
* **finish_rebuild**, "days are not rebuilt": some days failed; the other days are compacted and written back.
  Clear **rebuild_days** with downstream.
* **finish_rebuild**, SourceError, StorageError or PublishError: see **write_back** of todo_hourly_insights
  and **fold_days** of todo_daily_compaction. Clear the task.

## How to backfill
This DAG has no schedule. **Trigger** takes from_day and to_day, like 2026-11-20 (UTC), where to_day is *not*
included; at most ten years. Days are published in order, so a rebuild of several years can be stopped, and
continued later by clearing the task. The rebuild skips hours that were never published: use a backfill of
**todo_hourly_insights** for them.
"""

from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from todo_airflow import assets
from todo_airflow.history import REBUILD_TIMEOUT, RunRebuild
from todo_airflow.policy import FIRST_DAY, RUN_TIMEOUT, Tag, default_args, tags

DAY_PARAM = {"type": "string", "format": "date"}


@task(inlets=[assets.BRONZE_TASKS, assets.BRONZE_USERS, assets.SILVER_REJECTS])
def plan_rebuild() -> list[str]:
    """Check the params, and list the days."""
    from todo_airflow.history import planned_days

    return planned_days(get_current_context()["params"])


# This task runs also after a failure, because the finished days are published.
@task(trigger_rule="all_done_min_one_success", outlets=[assets.INSIGHTS])
def finish_rebuild(days: list[str]) -> dict[str, Any]:
    """Compact and write back the changed hours; fails when some days are not rebuilt."""
    from todo_airflow.history import finish
    from todo_airflow.resources import open_resources

    context = get_current_context()
    with open_resources() as resources:
        return finish(days, context["run_id"], resources)


@dag(
    dag_id="todo_history_rebuild",
    description="Silver and Gold of past days are computed again from Bronze on Spark",
    doc_md=__doc__,
    schedule=None,
    start_date=FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=default_args(),
    tags=tags(Tag.INSIGHTS, Tag.HISTORY),
    params={
        "from_day": Param(description="first day (UTC) to rebuild, like 2026-11-20", **DAY_PARAM),
        "to_day": Param(description="the day after the last day to rebuild", **DAY_PARAM),
    },
)
def todo_history_rebuild() -> None:
    """Plan the days, rebuild them on Spark, then compact and write back the changed hours."""

    days = plan_rebuild()
    rebuilt = RunRebuild(
        task_id="rebuild_days",
        first="{{ params.from_day }}",
        end="{{ params.to_day }}",
        rebuild_id="{{ run_id }}",
        execution_timeout=REBUILD_TIMEOUT,
        inlets=[assets.BRONZE_TASKS, assets.BRONZE_USERS, assets.SILVER_REJECTS],
        outlets=[
            assets.SILVER_TASKS,
            assets.SILVER_USERS,
            assets.SILVER_REJECTS,
            assets.GOLD_USERS,
            assets.GOLD_CATEGORIES,
        ],
    )
    days >> rebuilt >> finish_rebuild(days)


todo_history_rebuild()
