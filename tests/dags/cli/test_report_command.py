"""The command `report` as people use it: in a subprocess, with its output and its exit code."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.dags.change_log import created, task, user
from tests.dags.cli.conftest import DAY, Cli
from todo_insights.hourly.extract import Changes

DAYS = ("--from", "2026-11-20", "--to", "2026-11-21")


def test_report_is_written_to_a_file(cli: Cli, changes: Changes, tmp_path: Path) -> None:
    changes.insert_many([created(user()), created(task())])
    assert cli("run", *DAY).returncode == 0
    written = cli("report", *DAYS, "--output", str(tmp_path / "new" / "report.html"))
    assert written.returncode == 0, written.stderr
    address = written.stdout.split()[0]
    assert "<h1>Team report</h1>" in Path(unquote(urlsplit(address).path)).read_text("utf-8")
    refused = cli("report", *DAYS, "--output", str(tmp_path))
    assert (refused.returncode, "choose another OUTPUT" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.stderr
