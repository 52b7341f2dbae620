"""Athena's SQL as DuckDB's: names and types are resolved as Trino does, and every difference is written down."""

from .errors import AthenaError, NotReproducible
from .statement import Translated, parse, translate

__all__ = ["AthenaError", "NotReproducible", "Translated", "parse", "translate"]
