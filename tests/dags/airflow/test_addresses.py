"""Airflow connections are converted to MongoDB addresses, from which pymongo parses the expected values."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from pymongo.uri_parser import parse_uri

from todo_airflow.addresses import mongodb_uri


@dataclass(frozen=True)
class Connection:
    host: str | None = "cluster.example"
    port: int | None = 27017
    login: str | None = None
    password: str | None = None
    extra_dejson: dict[str, Any] = field(default_factory=dict)


def parsed(connection: Connection, present: str | None = None) -> dict[str, Any]:
    return dict(parse_uri(mongodb_uri(connection, present), warn=False))


@pytest.mark.parametrize("password", ["plain", "p@ss/w:rd?", "50% of ö", "a+b c"])
def test_address_keeps_every_password(password: str) -> None:
    found = parsed(Connection(login="todo@app", password=password))
    assert (found["username"], found["password"]) == ("todo@app", password)


def test_connection_without_login_has_no_credentials() -> None:
    found = parsed(Connection())
    assert (found["username"], found["password"], found["nodelist"]) == (
        None,
        None,
        [("cluster.example", 27017)],
    )


@pytest.mark.parametrize(
    ("host", "port", "nodes"),
    [
        ("one.example", None, [("one.example", 27017)]),
        ("one.example", 27018, [("one.example", 27018)]),
        ("one.example:27020,two.example", 27018, [("one.example", 27020), ("two.example", 27018)]),
        (None, None, [("localhost", 27017)]),
    ],
)
def test_hosts_keep_their_ports(host: str | None, port: int | None, nodes: list[tuple[str, int]]) -> None:
    assert parsed(Connection(host, port))["nodelist"] == nodes


def test_extras_become_options_of_the_address() -> None:
    found = parsed(Connection(extra_dejson={"tls": True, "replicaSet": "rs0", "w": 1}))
    assert (found["options"]["tls"], found["options"]["replicaSet"], found["options"]["w"]) == (
        True,
        "rs0",
        1,
    )


def test_secret_without_options_keeps_options_of_settings() -> None:
    secret = Connection("cluster.example", 27017, "todo", "secret", {"readPreference": "primary"})
    found = parsed(secret, "mongodb://old:older@other.example/?tls=true&readPreference=nearest")
    assert (found["username"], found["nodelist"]) == ("todo", [("cluster.example", 27017)])
    assert (found["options"]["tls"], found["options"]["readPreference"]) == (True, "primary")
