"""What needs what, and who works when."""

import json
from threading import Barrier, Event

import pytest

from cloudformation.deploy.order import needs, reverse, run_parallel
from cloudformation.errors import DeployError
from cloudformation.stacks import render
from tests.cloudformation.rules import Json

SECONDS = 30


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    templates: dict[str, Json] = {path.stem: json.loads(text) for path, text in render(["dev"]).items()}
    return needs(templates)


@pytest.mark.parametrize(
    ("stack", "needed"),
    [
        ("foundation", set()),
        ("network", {"foundation"}),
        ("lake", {"foundation"}),
        ("data", {"foundation", "network"}),
        ("webapp", {"foundation", "network", "data"}),
        ("airflow", {"foundation", "network", "data", "lake"}),
        ("monitoring", {"foundation", "data", "lake", "webapp", "airflow"}),
    ],
)
def test_needs_follow_from_the_templates(stack: str, needed: set[str], graph: dict[str, set[str]]) -> None:
    assert graph[stack] == needed


def test_nothing_begins_before_its_needs(graph: dict[str, set[str]]) -> None:
    done: set[str] = set()
    early: list[str] = []

    def work(stack: str) -> None:
        early.extend(graph[stack] - done)
        done.add(stack)

    run_parallel(graph, work, Event())

    assert done == {*graph}
    assert early == []


@pytest.mark.parametrize("pair", [("data", "lake"), ("network", "lake"), ("webapp", "airflow")])
def test_independent_stacks_work_at_the_same_time(pair: tuple[str, str], graph: dict[str, set[str]]) -> None:
    meeting = Barrier(2)

    def work(stack: str) -> None:
        if stack in pair:
            meeting.wait(SECONDS)

    run_parallel(graph, work, Event())


def test_nothing_goes_before_those_that_need_it(graph: dict[str, set[str]]) -> None:
    gone: list[str] = []

    run_parallel(reverse(graph), gone.append, Event())

    assert gone[0] == "monitoring"
    assert gone[-1] == "foundation"


def test_failure_lets_others_end_but_none_begin(graph: dict[str, set[str]]) -> None:
    meeting, ended = Barrier(2), []

    def work(stack: str) -> None:
        if stack in ("network", "lake"):
            meeting.wait(SECONDS)
        if stack == "network":
            raise DeployError("no zone has room")
        ended.append(stack)

    with pytest.raises(DeployError, match="network: no zone has room"):
        run_parallel(graph, work, Event())

    assert ended == ["foundation", "lake"]


def test_every_failure_is_told(graph: dict[str, set[str]]) -> None:
    meeting = Barrier(2)

    def work(stack: str) -> None:
        if stack in ("network", "lake"):
            meeting.wait(SECONDS)
            raise DeployError("out of order")

    with pytest.raises(DeployError) as failure:
        run_parallel(graph, work, Event())

    assert set(str(failure.value).splitlines()) == {"network: out of order", "lake: out of order"}


def test_interrupt_stops_those_that_wait(graph: dict[str, set[str]]) -> None:
    stop = Event()

    def work(stack: str) -> None:
        if stack == "network":
            raise KeyboardInterrupt
        if stack == "lake":
            assert stop.wait(SECONDS)

    with pytest.raises(KeyboardInterrupt):
        run_parallel(graph, work, stop)

    assert stop.is_set()
