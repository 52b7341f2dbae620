"""Checks that the change log and the projection agree, as they must after every repair."""

from bench.consistency import inconsistencies
from webapp.database.connection import Database


def assert_log_and_projection_agree(database: Database) -> None:
    assert inconsistencies(database) == []
