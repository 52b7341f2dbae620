"""What must hold for log and projection after every repair, whatever happened before."""

from bench.consistency import inconsistencies
from webapp.database import Database


def assert_log_and_projection_agree(database: Database) -> None:
    assert inconsistencies(database) == []
