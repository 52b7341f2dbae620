"""docs/dags.md is up to date and describes every DAG."""

from tools.data_folder import ROOT
from tools.generators import dag_docs


def test_page_is_current() -> None:
    assert dag_docs.PAGE.read_text() == dag_docs.render(), "docs/dags.md is outdated. Run: make fix"


def test_page_explains_failures_of_every_dag() -> None:
    sections = dag_docs.render().split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections] == sorted(
        path.stem for path in (ROOT / "dags").glob("*.py")
    )
    assert all("### What to do when it is red" in section for section in sections)
