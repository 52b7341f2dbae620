"""Making the views of the committed template, on Athena as moto serves it, which runs no SQL."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from cloudformation.account.views import create_views
from cloudformation.errors import DeployError
from tests.aws import TEMPLATE
from tests.cloudformation.account_checks.answers import Answer, Json, Refused, answering

Client = Callable[[str], Any]
RESOURCES = {"Workgroup": "todo-insights-dev-lake", "Database": "todo_dev"}


@pytest.fixture
def lake() -> Json:
    template: Json = json.loads(TEMPLATE.read_text())
    return template


@pytest.fixture
def athena(client: Client) -> Any:
    client("athena").create_work_group(Name=RESOURCES["Workgroup"], Configuration={})
    return client("athena")


def test_every_view_is_made_after_those_it_reads(athena: Any, lake: Json) -> None:
    made: list[str] = []

    create_views(athena, lake, RESOURCES, made.append, _sleep)

    statements = _statements(lake)
    assert sorted(made) == sorted(statements)
    for place, name in enumerate(made):
        read = set(re.findall(r"(?:FROM|JOIN) (\w+)", statements[name])) & statements.keys()
        assert read <= set(made[:place])
    assert made.index("user_activity") < made.index("daily_trends")


def test_statements_run_in_the_workgroup_and_database(athena: Any, lake: Json) -> None:
    create_views(athena, lake, RESOURCES, lambda name: None, _sleep)

    ids = athena.list_query_executions(WorkGroup=RESOURCES["Workgroup"])["QueryExecutionIds"]
    ran = [athena.get_query_execution(QueryExecutionId=each)["QueryExecution"] for each in ids]
    assert sorted(each["Query"] for each in ran) == sorted(_statements(lake).values())
    assert {each["QueryExecutionContext"]["Database"] for each in ran} == {RESOURCES["Database"]}


def test_athenas_reason_names_the_view(lake: Json) -> None:
    refused = {
        "State": "FAILED",
        "StateChangeReason": "COLUMN_NOT_FOUND: line 3:8: Column 'dt' cannot be found",
    }
    made: list[str] = []

    with pytest.raises(DeployError, match=r"did not make the view \w+: COLUMN_NOT_FOUND: line 3:8"):
        create_views(_athena(lambda asked: _execution(refused)), lake, RESOURCES, made.append, _sleep)

    assert not made


def test_running_query_is_waited_for(lake: Json) -> None:
    states = iter(["QUEUED", "RUNNING"])
    slept: list[float] = []

    athena = _athena(lambda asked: _execution({"State": next(states, "SUCCEEDED")}))
    create_views(athena, lake, RESOURCES, lambda name: None, slept.append)

    assert len(slept) == 2


def test_query_that_never_ends_is_told(lake: Json) -> None:
    athena = _athena(lambda asked: _execution({"State": "RUNNING"}))

    with pytest.raises(DeployError, match=r"still busy with the view \w+ after 300 seconds"):
        create_views(athena, lake, RESOURCES, lambda name: None, _sleep)


def test_views_that_read_each_other_are_told() -> None:
    template = _saved(
        "CREATE OR REPLACE VIEW a AS SELECT 1 FROM b", "CREATE OR REPLACE VIEW b AS SELECT 1 FROM a"
    )

    with pytest.raises(DeployError, match=r"read each other in a circle: (a -> b -> a|b -> a -> b)"):
        create_views(_athena(_never), template, RESOURCES, lambda name: None, _sleep)


def test_names_in_comments_order_nothing() -> None:
    template = _saved(
        "CREATE OR REPLACE VIEW a AS -- as b has it\nSELECT 1",
        "CREATE OR REPLACE VIEW b AS -- as a has it\nSELECT 1",
    )
    made: list[str] = []

    create_views(
        _athena(lambda asked: _execution({"State": "SUCCEEDED"})), template, RESOURCES, made.append, _sleep
    )

    assert made == ["a", "b"]


def test_saved_query_without_a_view_is_told() -> None:
    with pytest.raises(DeployError, match="makes no view, so nobody would run it: 'SELECT 1'"):
        create_views(_athena(_never), _saved("SELECT 1"), RESOURCES, lambda name: None, _sleep)


def _statements(template: Json) -> dict[str, str]:
    """The statement of each view, by its name as the lake's files have it."""
    saved = [
        each["Properties"] for each in template["Resources"].values() if "QueryString" in each["Properties"]
    ]
    return {query["Name"]["Fn::Sub"].split()[-1]: query["QueryString"] for query in saved}


def _saved(*statements: str) -> Json:
    wired = {"Database": {"Ref": "Database"}, "WorkGroup": {"Ref": "Workgroup"}}
    resources = {
        f"View{number}": {
            "Type": "AWS::Athena::NamedQuery",
            "Properties": {"QueryString": statement, **wired},
        }
        for number, statement in enumerate(statements)
    }
    return {"Resources": resources}


def _athena(state: Answer) -> Any:
    started = {"QueryExecutionId": "1"}
    return answering("athena", StartQueryExecution=lambda asked: started, GetQueryExecution=state)


def _execution(status: Json) -> Json:
    return {"QueryExecution": {"Status": status}}


def _never(asked: Json) -> Json:
    raise Refused("InvalidRequestException")


def _sleep(seconds: float) -> None:
    """Wait for nothing: whoever is asked here has answered already."""
