"""What docs/deploy.md shows of a life from the first plan to the end is what the commands print."""

import re
from pathlib import Path

from tests.cloudformation.deploy.stage import Stage

PAGE = (Path(__file__).parents[3] / "docs/deploy.md").read_text()
EXAMPLES = re.findall(
    r"```\n\$ make (plan|deploy|destroy) ENV=dev(?: ARGS=[^\n]*)?\n(.+?)```", PAGE, re.DOTALL
)
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/1"


def test_commands_print_what_the_page_shows(stage: Stage) -> None:
    assert [command for command, _ in EXAMPLES] == ["plan", "deploy", "plan", "destroy"]
    first, deployed, second, destroyed = (example for _, example in EXAMPLES)

    stage.run("plan")
    assert _missing(stage, first) == []
    stage.run("deploy", "--alert-email", "you@example.com", "--certificate", CERTIFICATE)
    assert _missing(stage, deployed) == []
    stage.change("webapp/app.py", "changed = True")
    stage.run("plan")
    assert _missing(stage, second) == []
    stage.run("destroy", answer="todo-insights-dev\n")
    assert _missing(stage, destroyed) == []


def _missing(stage: Stage, example: str) -> list[str]:
    """Return which lines of the example were not printed; … stands for what differs from case to case."""
    printed = [" ".join(line.split()) for line in stage.told.getvalue().splitlines()]
    shown = [" ".join(line.split()) for line in example.splitlines()]
    patterns = [re.escape(line).replace("…", ".*") for line in shown]
    return [pattern for pattern in patterns if not any(re.fullmatch(pattern, line) for line in printed)]
