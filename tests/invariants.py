"""The invariants of log and projection, which hold after every repair."""

from bench.consistency import inconsistencies
from webapp.database.connection import Database


def assert_log_and_projection_agree(database: Database) -> None:
    assert inconsistencies(database) == []
