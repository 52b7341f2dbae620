"""Lines in Airflow's task log have the same fields as other log lines of the pipeline."""

from tests.dags.airflow.airflows import Airflow

NAMES = ("event", "component", "operation", "status", "window", "rows")
SECRET = "a title of a task"


def test_lines_of_a_task_keep_their_fields(airflow: Airflow) -> None:
    (published, looked, failed), output = airflow.run("task_lines.py", SECRET)
    fields = {name: published[name] for name in NAMES}
    assert fields == {
        "event": "hour published",
        "component": "etl",
        "operation": "publish",
        "status": "success",
        "window": "2026-11-20T12",
        "rows": 3,
    }
    assert (looked["component"], looked["level"], looked["exception"]) == ("airflow", "error", "ValueError")
    assert (failed["component"], failed["operation"], failed["status"]) == ("airflow", "publish", "error")
    assert failed["metadata"]["error"] == "ValueError"
    assert SECRET not in output
