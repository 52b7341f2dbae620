"""Translate SQL of Athena to SQL of DuckDB; names and types are resolved as in Trino.

Athena's engine is Trino. Where DuckDB gives a different value, the translation contains a correction; where
no correction is possible, the query is refused.

The modules of this package call each other, because queries contain expressions, and expressions contain
queries. `scalar` and `core` do not depend on them.
"""

from .core.errors import AthenaError, NotReproducible
from .statement import Translated, parse, translate

__all__ = ["AthenaError", "NotReproducible", "Translated", "parse", "translate"]
