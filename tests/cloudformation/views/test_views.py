"""The saved query of each view is valid for Athena, and uses the database and workgroup of the lake."""

import pytest
import sqlglot

from tests.cloudformation.rules.core import Json, of_type


@pytest.fixture
def queries(template: Json) -> dict[str, Json]:
    found = of_type(template, "AWS::Athena::NamedQuery").values()
    return {query["Name"]["Fn::Sub"].removeprefix("${WorkgroupName} "): query for query in found}


def test_views_are_statements_of_athena(queries: dict[str, Json]) -> None:
    for name, query in queries.items():
        (statement,) = [each for each in sqlglot.parse(query["QueryString"], read="athena") if each]

        assert isinstance(statement, sqlglot.exp.Create)
        assert name in {table.name for table in statement.find_all(sqlglot.exp.Table)}


def test_views_are_made_in_the_lake(queries: dict[str, Json]) -> None:
    assert {query["Database"]["Ref"] for query in queries.values()} == {"DatabaseName"}
    assert {query["WorkGroup"]["Ref"] for query in queries.values()} == {"WorkgroupName"}
