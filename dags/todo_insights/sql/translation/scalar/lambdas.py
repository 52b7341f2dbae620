"""Translate functions that take a lambda with two parameters, or two lambdas."""

from sqlglot import exp

from ..core.generator import call, cast, text
from ..core.scope import Typed
from ..core.types import Type


def _replaced(node: exp.Expr, values: list[exp.Expr]) -> exp.Expr:
    """Return the body of the lambda `node`, with `values` in place of its parameters."""
    names = {each.name: value for each, value in zip(node.expressions, values, strict=True)}

    def replace(part: exp.Expr) -> exp.Expr:
        if (
            isinstance(part, exp.Identifier)
            and part.name in names
            and not isinstance(part.parent, exp.Column | exp.TableAlias)
        ):
            return names[part.name].copy()
        return part

    made: exp.Expr = node.this.copy().transform(replace)
    return made


def _entry(node: exp.Expr) -> list[exp.Expr]:
    return [call("struct_extract", exp.to_identifier("entry"), text(part)) for part in ("key", "value")]


def _over_entries(function: str, value: Typed, body: exp.Expr) -> exp.Expr:
    return call(
        function,
        call("map_entries", value.node),
        exp.Lambda(this=body, expressions=[exp.to_identifier("entry")]),
    )


def of_map(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate map_filter, transform_keys and transform_values."""
    body = _replaced(values[1].node, _entry(values[1].node))
    if name == "map_filter":
        return Typed(
            cast(call("map_from_entries", _over_entries("list_filter", values[0], body)), kind.duckdb), kind
        )
    key, value = _entry(values[1].node)
    pair = {
        "key": body if name == "transform_keys" else key,
        "value": value if name == "transform_keys" else body,
    }
    parts = [exp.PropertyEQ(this=exp.to_identifier(part), expression=each) for part, each in pair.items()]
    entries = _over_entries("list_transform", values[0], exp.Struct(expressions=parts))
    return Typed(cast(call("athena_map_from_entries", entries), kind.duckdb), kind)


def map_zip_with(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate map_zip_with(map, map, function)."""
    key = exp.to_identifier("shared")
    picked: list[exp.Expr] = [
        key.copy(),
        *(call("athena_map_element", each.node.copy(), key.copy()) for each in values[:2]),
    ]
    parts = {"key": key.copy(), "value": _replaced(values[2].node, picked)}
    pairs = [exp.PropertyEQ(this=exp.to_identifier(part), expression=each) for part, each in parts.items()]
    keys = call("athena_array_union", *(call("map_keys", each.node) for each in values[:2]))
    entries = call("list_transform", keys, exp.Lambda(this=exp.Struct(expressions=pairs), expressions=[key]))
    return Typed(cast(call("map_from_entries", entries), kind.duckdb), kind)


def zip_with(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate zip_with(array, array, function)."""
    index = exp.to_identifier("place")
    picked: list[exp.Expr] = [call("list_extract", each.node.copy(), index.copy()) for each in values[:2]]
    body = exp.Lambda(this=_replaced(values[2].node, picked), expressions=[index])
    places = call("athena_places", values[0].node, values[1].node)
    return Typed(cast(call("list_transform", places, body), kind.duckdb), kind)


def reduce(name: str, values: list[Typed], kind: Type, node: exp.Expr) -> Typed:
    """Translate reduce(array, start, function, function)."""
    state = values[2].type
    start = cast(values[1].node, state.duckdb)
    reduced = call("list_reduce", values[0].node, values[2].node, start)
    made = call("list_transform", exp.Array(expressions=[cast(reduced, state.duckdb)]), values[3].node)
    given = exp.Not(this=exp.Is(this=exp.Paren(this=values[0].node.copy()), expression=exp.Null()))
    return Typed(
        exp.Case(
            ifs=[
                exp.If(this=given, true=cast(call("list_extract", made, exp.Literal.number(1)), kind.duckdb))
            ]
        ),
        kind,
    )
