"""Build the nodes of a DuckDB query, and write its text with sqlglot."""

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel
from sqlglot.generators.duckdb import DuckDBGenerator


def call(name: str, *arguments: exp.Expr, cast: str | None = None) -> exp.Expr:
    """A call of a DuckDB function or macro; if `cast` is given, the result is cast to this DuckDB type."""
    made = exp.Anonymous(this=name, expressions=list(arguments))
    return _cast(made, cast) if cast else made


def cast(node: exp.Expr, kind: str) -> exp.Expr:
    """A cast to a DuckDB type by the rules of DuckDB."""
    return exp.Cast(this=node, to=exp.Var(this=kind))


_cast = cast


def number(value: int) -> exp.Expr:
    """A literal of a whole number, in a type with enough digits for every power of ten of a decimal."""
    return cast(exp.Literal.number(value), "HUGEINT")


def text(value: str) -> exp.Expr:
    """A text literal."""
    return exp.Literal.string(value)


def column(relation: str, name: str) -> exp.Expr:
    """A column, qualified with the alias of its relation."""
    return exp.Column(
        this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(relation, quoted=True)
    )


class _Generator(DuckDBGenerator):
    TRANSFORMS: ClassVar[Any] = {
        **DuckDBGenerator.TRANSFORMS,
        exp.Array: lambda self, node: f"[{self.expressions(node, flat=True)}]",
        exp.Cast: lambda self, node: f"CAST({self.sql(node, 'this')} AS {node.args['to'].name})",
        exp.Anonymous: lambda self, node: f"{node.name}({self.expressions(node, flat=True)})",
        exp.Lambda: lambda self, node: _lambda(self, node),
        exp.IgnoreNulls: lambda self, node: f"{self.sql(node, 'this')} IGNORE NULLS",
    }


def _lambda(self: Any, node: exp.Expr) -> str:
    names: Iterable[str] = (self.sql(each) for each in node.expressions)
    return f"(LAMBDA {', '.join(names)} : {self.sql(node, 'this')})"


class _Dialect(DuckDB):
    Generator = _Generator


def sql_of(node: exp.Expr) -> str:
    """Write a translated query as SQL text."""
    return node.sql(
        dialect=_Dialect,
        unsupported_level=ErrorLevel.RAISE,
        comments=False,
        copy=False,
        normalize_functions=False,
    )
