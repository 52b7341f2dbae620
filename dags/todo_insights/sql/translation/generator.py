"""Generate the text of a DuckDB query: sqlglot's generator, which writes our calls and types unchanged."""

from collections.abc import Iterable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel
from sqlglot.generators.duckdb import DuckDBGenerator


def call(name: str, *arguments: exp.Expr, cast: str | None = None) -> exp.Expr:
    """A call of a DuckDB function or macro; the result is cast to the DuckDB type `cast`, if given."""
    made = exp.Anonymous(this=name, expressions=list(arguments))
    return _cast(made, cast) if cast else made


def cast(node: exp.Expr, kind: str) -> exp.Expr:
    """A conversion by DuckDB's own rules."""
    return exp.Cast(this=node, to=exp.Var(this=kind))


_cast = cast


def number(value: int) -> exp.Expr:
    """A whole number with a type that is large enough for every power of ten of a decimal."""
    return cast(exp.Literal.number(value), "HUGEINT")


def text(value: str) -> exp.Expr:
    """A text literal."""
    return exp.Literal.string(value)


def column(relation: str, name: str) -> exp.Expr:
    """A column, qualified with its relation."""
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
    """The SQL text of a translated query."""
    return node.sql(
        dialect=_Dialect,
        unsupported_level=ErrorLevel.RAISE,
        comments=False,
        copy=False,
        normalize_functions=False,
    )
