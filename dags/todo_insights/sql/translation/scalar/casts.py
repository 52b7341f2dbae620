"""CAST and TRY_CAST: the conversions of Trino, and the macro that reproduces each conversion.

Source: https://trino.io/docs/current/functions/conversion.html
"""

from sqlglot import exp

from ..core.errors import failure, refusal
from ..core.generator import call, cast
from ..core.scope import Typed
from ..core.types import INTEGERS, VARCHAR, Type
from ..core.written_types import typed_literal
from .conversions import CONVERSIONS, group


def convert(value: Typed, target: Type, node: exp.Expr, safe: bool = False) -> Typed:
    """Convert a value to another type; with `safe`, a value that cannot be converted becomes NULL."""
    source = value.type
    if source == target:
        return value
    if (
        isinstance(node, exp.Cast)
        and not safe
        and "written" not in node.meta
        and isinstance(node.this, exp.Literal)
    ):
        value, target = typed_literal(value, target, node)
    if source.name == "unknown":
        return Typed(cast(value.node, target.duckdb), target)
    if source.name in ("array", "map", "row") or target.name in ("array", "map", "row"):
        return Typed(_nested(value, target, node, safe), target)
    made = _plain(value, target, node, safe)
    return Typed(made, target)


def _cannot(source: Type, target: Type, node: exp.Expr) -> Exception:
    return failure("TYPE_MISMATCH", f"Cannot cast {source} to {target}", node)


def _plain(value: Typed, target: Type, node: exp.Expr, safe: bool) -> exp.Expr:
    source = value.type
    build = CONVERSIONS.get((group(source), group(target)))
    if build is None:
        if "json" in (source.name, target.name) or "time" in (source.name, target.name):
            raise refusal(f"the cast of {source} to {target}", node)
        raise _cannot(source, target, node)
    return build(value, target, safe)


def _nested(value: Typed, target: Type, node: exp.Expr, safe: bool) -> exp.Expr:  # noqa: C901  # a list of cases, each short
    source = value.type
    if source.name == "json" and target.name == "array" and target.args[0].name in ("varchar", "bigint"):
        return call(f"athena_json_to_array_{target.args[0].name}", value.node)
    if (
        source.name == "array"
        and target.name == "json"
        and source.args[0].name in ("integer", "bigint", "varchar", "boolean")
    ):
        return cast(call("to_json", value.node), "VARCHAR")
    plain = ("integer", "bigint", "varchar", "boolean")
    keyed = source.name == "map" and source.args[0].name == "varchar"
    if target.name == "json" and keyed and source.args[1].name in plain:
        return call("athena_map_to_json", value.node)
    if (
        source.name == "json"
        and target.name == "map"
        and target.args[0].name == "varchar"
        and target.args[1].name in ("varchar", "bigint")
    ):
        return cast(call(f"athena_json_to_map_{target.args[1].name}", value.node), target.duckdb)
    if source.name != target.name or len(source.args) != len(target.args):
        if "json" in (source.name, target.name):
            raise refusal(f"the cast of {source} to {target}", node)
        raise _cannot(source, target, node)
    if source.name == "array":
        element = convert(Typed(exp.to_identifier("element"), source.args[0]), target.args[0], node, safe)
        if isinstance(element.node, exp.Identifier):
            return cast(value.node, target.duckdb)
        body = exp.Lambda(this=element.node, expressions=[exp.to_identifier("element")])
        return cast(call("list_transform", value.node, body), target.duckdb)
    if source.name == "row":
        fields = [
            convert(
                Typed(call("struct_extract_at", value.node.copy(), exp.Literal.number(index + 1)), kind),
                wanted,
                node,
                safe,
            )
            for index, (kind, wanted) in enumerate(zip(source.args, target.args, strict=True))
        ]
        pairs = [
            exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=each.node)
            for name, each in zip(target.fields, fields, strict=True)
        ]
        made = exp.Case(
            ifs=[
                exp.If(
                    this=exp.Not(this=exp.Is(this=exp.Paren(this=value.node), expression=exp.Null())),
                    true=exp.Struct(expressions=pairs),
                )
            ]
        )
        return made
    if all(
        one.name == other.name or {one.name, other.name} <= set(INTEGERS)
        for one, other in zip(source.args, target.args, strict=True)
    ):
        return cast(value.node, target.duckdb)
    raise refusal(f"the cast of {source} to {target}", node)


def as_text(value: Typed, node: exp.Expr) -> exp.Expr:
    """Convert a value to the text that CAST(... AS VARCHAR) gives for it."""
    return convert(value, VARCHAR, node).node
