"""Resolve a name in a query to a column of this or an outer query, or to a parameter of a lambda."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp

from .errors import failure, suggestion
from .types import Type


class Typed(NamedTuple):
    """A DuckDB expression with its type in Trino."""

    node: exp.Expr
    type: Type


@dataclass(frozen=True)
class Field:
    """A column of a relation; `node` is its DuckDB expression, and queries may qualify its name.

    A `hidden` column is found by its name, but it is not part of *.
    """

    name: str | None
    type: Type
    node: exp.Expr
    relation: str | None = None
    database: str | None = None
    hidden: bool = False


@dataclass
class Scope:
    """The columns that an expression can use; `outer` is the scope of the outer query.

    `parameters` are the parameters of the enclosing lambdas, and `outputs` the names of the select list.
    """

    fields: list[Field] = field(default_factory=list)
    outer: Scope | None = None
    parameters: dict[str, Typed] = field(default_factory=dict)
    outputs: dict[str, list[Typed]] = field(default_factory=dict)

    def inside(self, parameters: dict[str, Typed]) -> Scope:
        """The scope of the body of a lambda with these parameters."""
        return Scope(self.fields, self.outer, {**self.parameters, **parameters}, self.outputs)

    def resolve(self, parts: list[exp.Identifier]) -> tuple[Typed, list[exp.Identifier]]:
        """Resolve a dotted name; returns the column of its longest prefix, and the remaining parts.

        The remaining parts are names of row fields.
        """
        names = [part.name.lower() for part in parts]
        if names[0] in self.parameters:
            return self.parameters[names[0]], parts[1:]
        scope: Scope | None = self
        while scope is not None:
            for length in (3, 2, 1):
                if length <= len(parts) and (found := scope._match(names[:length], parts)):
                    return found, parts[length:]
            scope = scope.outer
        dotted = ".".join(part.name for part in parts)
        hint = suggestion(names[-1], self._known(names))
        raise failure("COLUMN_NOT_FOUND", f"Column '{dotted}' cannot be resolved{hint}", parts[0])

    def _match(self, names: list[str], parts: list[exp.Identifier]) -> Typed | None:
        *qualifiers, column = names
        if not qualifiers and (outputs := self.outputs.get(column)):
            if len({each.node for each in outputs}) > 1:
                raise failure("AMBIGUOUS_NAME", f"Column '{column}' is ambiguous", parts[0])
            return Typed(outputs[0].node.copy(), outputs[0].type)
        found = [each for each in self.fields if each.name == column and _is_in(each, qualifiers)]
        if len(found) > 1:
            dotted = ".".join(part.name for part in parts[: len(names)])
            raise failure("AMBIGUOUS_NAME", f"Column '{dotted}' is ambiguous", parts[0])
        return Typed(found[0].node.copy(), found[0].type) if found else None

    def _known(self, names: list[str]) -> Iterator[str]:
        for each in self.fields:
            if each.name and (len(names) == 1 or each.relation in (None, names[-2])):
                yield each.name


def _is_in(column: Field, qualifiers: list[str]) -> bool:
    full = [column.database, column.relation]
    return not qualifiers or qualifiers == full[len(full) - len(qualifiers) :]


def of_relation(fields: Iterable[Field], relation: str | None) -> list[Field]:
    """The columns of `t.*` for the relation `t`."""
    return [each for each in fields if each.relation == relation and not each.hidden]
