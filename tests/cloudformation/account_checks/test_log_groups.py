"""The logs that services of AWS make under our names."""

from collections.abc import Callable
from typing import Any

from cloudformation.account.log_groups import remove_groups
from cloudformation.account.sweep import Fate, leftovers
from cloudformation.settings import Settings
from tests.cloudformation.account_checks.answers import Json, Refused, answering
from tests.cloudformation.account_checks.services import fates

Client = Callable[[str], Any]


def test_logs_that_services_make_are_found_by_name(client: Client, dev: Settings) -> None:
    ours = [
        "/aws/docdb/todo-insights-dev-data/audit",
        "/aws/elasticbeanstalk/todo-insights-dev-webapp/var/log/web.stdout.log",
        "airflow-todo-insights-dev-airflow-Task",
    ]
    others = [
        "/aws/elasticbeanstalk/todo-insights-dev-webapp-2/var/log/web.stdout.log",
        "airflow-others-Task",
    ]
    for name in (*ours, *others):
        client("logs").create_log_group(logGroupName=name)

    assert [arn.rpartition(":")[2] for arn in fates(client, dev)] == ours

    assert sorted(remove_groups(client("logs"), dev)) == ours
    assert leftovers(client, dev) == []
    assert len(client("logs").describe_log_groups()["logGroups"]) == len(others)


def test_log_that_goes_meanwhile_is_no_error(dev: Settings) -> None:
    name = "airflow-todo-insights-dev-airflow-Task"

    def listed(asked: Json) -> Json:
        mine = name.startswith(asked["logGroupNamePrefix"])
        return {"logGroups": [{"logGroupName": name, "arn": f"{name}:*"}] if mine else []}

    def gone(asked: Json) -> Json:
        raise Refused("ResourceNotFoundException")

    logs = answering("logs", DescribeLogGroups=listed, DeleteLogGroup=gone)

    assert remove_groups(logs, dev) == [name]


def test_log_of_the_api_is_kept_in_prod(client: Client, prod: Settings) -> None:
    name = "/aws/elasticbeanstalk/todo-insights-prod-webapp/var/log/web.stdout.log"
    client("logs").create_log_group(logGroupName=name)

    assert list(fates(client, prod).values()) == [Fate.KEPT]
    assert remove_groups(client("logs"), prod) == []
