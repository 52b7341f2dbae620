"""Athena's console offers the query library of docs/athena without changes."""

from tests.cloudformation.rules.core import Json, of_type
from tools.generators.query_library import library

# https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
LONGEST_NAME, LONGEST_DESCRIPTION = 128, 1024
# The maximum length of the workgroup's name, which is the prefix of the name of each query.
LONGEST_PREFIX = len("todo-insights-prod-lake ")


def test_every_query_is_saved_with_its_question(template: Json) -> None:
    saved = {
        query["Name"]["Fn::Sub"].removeprefix("${WorkgroupName} "): (
            query["Description"],
            query["QueryString"],
        )
        for query in of_type(template, "AWS::Athena::NamedQuery").values()
    }
    assert saved == {name: (each.question, each.sql) for name, each in library().items()}


def test_names_and_descriptions_are_not_too_long() -> None:
    assert max(map(len, library())) + LONGEST_PREFIX <= LONGEST_NAME
    assert max(len(each.question) for each in library().values()) <= LONGEST_DESCRIPTION
