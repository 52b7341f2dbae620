"""Athena's SQL as DuckDB's: names and types as Trino resolves them, and every difference written down."""

from .errors import AthenaError, NotReproducible
from .statement import Translated, parse, translate

__all__ = ["AthenaError", "NotReproducible", "Translated", "parse", "translate"]
