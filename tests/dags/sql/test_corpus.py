"""The answers of the embedded lake equal the recorded answers of a real Trino on the same files."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.dags.sql.fixture_lake import build
from tests.dags.sql.recording import chapters, queries, recorded
from tests.dags.sql.score import PAGE, Scored, page, score
from todo_insights.sql.athena import views

LEAST_EQUAL = 0.95

Scores = Callable[[str], list[Scored]]


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    stores = build(tmp_path_factory.mktemp("corpus"))
    return cache(lambda chapter: score(chapter, stores))


@pytest.mark.parametrize("chapter", chapters())
def test_no_answer_differs_from_trino(scores: Scores, chapter: str) -> None:
    different = [
        f"{each.sql}\n    {found.why}" for each, found in scores(chapter) if found.verdict == "different"
    ]
    assert not different, "\n".join(different)


def test_nearly_every_query_is_answered_as_by_trino(scores: Scores) -> None:
    verdicts = [found.verdict for chapter in chapters() for _, found in scores(chapter)]
    assert verdicts.count("equal") / len(verdicts) >= LEAST_EQUAL


def test_every_view_is_answered_row_by_row(scores: Scores) -> None:
    """The queries name all columns instead of *, so a view can get another column without a new recording."""
    answered = [each for each, found in scores("views") if found.verdict == "equal"]
    lists = {each.sql: ", ".join(name for name, _ in each.outcome.columns) for each in answered}
    complete = {view for view in views() if any(sql == f"SELECT {lists[sql]} FROM {view}" for sql in lists)}
    assert complete == {*views()}, "tests/dags/sql/corpus/views.sql lacks a query of all columns of a view"
    assert len(answered) == len(scores("views"))


@pytest.mark.parametrize("chapter", chapters())
def test_every_query_of_the_corpus_is_recorded(chapter: str) -> None:
    assert queries(chapter) == [each.sql for each in recorded(chapter)]


def test_page_shows_the_score(scores: Scores) -> None:
    assert PAGE.read_text("utf-8") == page({chapter: scores(chapter) for chapter in chapters()})
