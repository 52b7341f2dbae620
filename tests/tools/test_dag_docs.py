"""docs/dags.md: what the DAG files say about themselves, where people without Airflow read it."""

from tools import dag_docs
from tools.places import ROOT


def test_page_is_what_the_files_say() -> None:
    assert dag_docs.PAGE.read_text() == dag_docs.page(), "renew it: make fix"


def test_page_has_every_dag_with_its_triage() -> None:
    sections = dag_docs.page().split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == sorted(
        path.stem for path in (ROOT / "dags").glob("*.py")
    )
    assert all("### What to do when it is red" in section for section in sections)
