"""The conversion of one simple type to another, by DuckDB or by a macro that reproduces Trino."""

from collections.abc import Callable

from sqlglot import exp

from ..core.generator import call, cast, text
from ..core.operators import to
from ..core.scope import Typed
from ..core.types import INTEGERS, Type, as_decimal, timestamp

_FLOATS = ("double", "real")


def _checked(value: exp.Expr, target: Type, safe: bool) -> exp.Expr:
    """Convert with DuckDB; failures.py converts DuckDB's error at run time to INVALID_CAST_ARGUMENT."""
    if safe:
        return exp.Anonymous(
            this="TRY_CAST", expressions=[exp.Alias(this=value, alias=exp.Var(this=target.duckdb))]
        )
    return cast(value, target.duckdb)


def _macro(name: str, value: exp.Expr, target: Type, safe: bool, *rest: exp.Expr) -> exp.Expr:
    """Convert with a macro that returns NULL on failure; without `safe`, a failure raises an error."""
    made = call(name, value, *rest)
    return made if safe else call("athena_must_cast", made, value, text(str(target)))


def group(kind: Type) -> str:
    """The name of a type in the table of conversions, in which all integer types have one common name."""
    return "integer" if kind.name in INTEGERS else kind.name


def _from_varchar(value: Typed, target: Type, safe: bool) -> exp.Expr:
    name = "number" if target.name in (*INTEGERS, "decimal", *_FLOATS) else target.name
    if target.name in INTEGERS:
        name = "integer"
    elif target.name == "timestamp with time zone":
        name = "zoned"
    if target.name in ("timestamp", "timestamp with time zone"):
        return _macro(
            f"athena_varchar_to_{name}", value.node, target, safe, exp.Literal.number(target.args[0])
        )
    checked = call(f"athena_{name}_text", value.node)
    made = exp.Anonymous(
        this="TRY_CAST", expressions=[exp.Alias(this=checked, alias=exp.Var(this=target.duckdb))]
    )
    return made if safe else call("athena_must_cast", made, value.node, text(str(target).upper()))


def _to_varchar(value: Typed, target: Type, safe: bool) -> exp.Expr:  # noqa: C901  # a list of cases, each short
    source = value.type
    if source.name in ("timestamp", "timestamp with time zone"):
        prefix = "zoned" if source.name != "timestamp" else "timestamp"
        made = call(f"athena_{prefix}_to_varchar", value.node, exp.Literal.number(source.args[0]))
    elif source.name in _FLOATS:
        made = call(f"athena_{source.name}_to_varchar", value.node)
    elif source.name == "decimal":
        made = call("athena_decimal_to_varchar", value.node)
    elif source.name == "json":
        made = call("athena_json_to_varchar", value.node)
    elif source.name == "interval day to second":
        made = call("athena_days_to_varchar", value.node)
    elif source.name == "interval year to month":
        made = call("athena_months_to_varchar", value.node)
    elif source.name == "varchar":
        made = value.node
    else:
        made = cast(value.node, "VARCHAR")
    if not target.args:
        return made
    if source.name == "varchar":
        return exp.Anonymous(this="left", expressions=[made, exp.Literal.number(target.args[0])])
    return _macro("athena_fitting", made, target, safe, exp.Literal.number(target.args[0]))


def _duckdb(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return _checked(value.node, target, safe)


def _to_decimal(value: Typed, target: Type, safe: bool) -> exp.Expr:
    """Convert to decimal; Athena raises INVALID_CAST_ARGUMENT when the value has too many digits."""
    precision, scale = as_decimal(value.type).args
    if precision - scale < target.args[0] - target.args[1] or safe:
        return _checked(value.node, target, safe)
    made = exp.Anonymous(
        this="TRY_CAST", expressions=[exp.Alias(this=value.node, alias=exp.Var(this=target.duckdb))]
    )
    return call("athena_must_cast", made, value.node.copy(), text(str(target).upper()))


def _rounded(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return _checked(call("athena_round_half_up", value.node), target, safe)


def _by_text(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return _checked(cast(value.node, "VARCHAR"), target, safe)


def _to_timestamp(value: Typed, target: Type, safe: bool) -> exp.Expr:
    if value.type.name == "timestamp with time zone":
        value = Typed(call("athena_local", value.node), timestamp(value.type.args[0]))
    if value.type.args and value.type.args[0] > target.args[0]:
        return call("athena_round_timestamp", value.node, exp.Literal.number(target.args[0]))
    return cast(value.node, "TIMESTAMP")


def _to_zoned(value: Typed, target: Type, safe: bool) -> exp.Expr:
    if value.type.name == "timestamp with time zone":
        if value.type.args[0] > target.args[0]:
            rounded = call(
                "athena_round_timestamp", call("athena_utc", value.node), exp.Literal.number(target.args[0])
            )
            return call("athena_zoned", rounded, call("athena_zone", value.node))
        return value.node
    return to(
        Typed(_to_timestamp(value, timestamp(target.args[0]), safe), timestamp(target.args[0])), target
    ).node


def _zoned_to_date(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return cast(call("athena_local", value.node), "DATE")


def _from_boolean(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return cast(cast(value.node, "INTEGER"), target.duckdb)


def _to_boolean(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return exp.Paren(this=exp.NEQ(this=value.node, expression=exp.Literal.number(0)))


def _to_json(value: Typed, target: Type, safe: bool) -> exp.Expr:
    return cast(call("to_json", value.node), "VARCHAR")


def _from_json(value: Typed, target: Type, safe: bool) -> exp.Expr:
    made = call(f"athena_json_to_{group(target)}", value.node)
    checked = exp.Anonymous(
        this="TRY_CAST", expressions=[exp.Alias(this=made, alias=exp.Var(this=target.duckdb))]
    )
    return checked if safe else call("athena_must_cast_json", checked, value.node, text(str(target)))


_Build = Callable[[Typed, Type, bool], exp.Expr]


_TEMPORAL = ("date", "timestamp", "timestamp with time zone")


CONVERSIONS: dict[tuple[str, str], _Build] = {
    **{("varchar", name): _from_varchar for name in ("boolean", "integer", "decimal", *_FLOATS, *_TEMPORAL)},
    **{
        (name, "varchar"): _to_varchar
        for name in (
            "varchar",
            "boolean",
            "integer",
            "decimal",
            *_FLOATS,
            *_TEMPORAL,
            "json",
            "interval day to second",
            "interval year to month",
        )
    },
    **{("integer", name): _duckdb for name in ("integer", *_FLOATS)},
    **{("decimal", name): _duckdb for name in ("integer", *_FLOATS)},
    **{(name, "decimal"): _to_decimal for name in ("integer", "decimal")},
    **{(name, "integer"): _rounded for name in _FLOATS},
    **{(name, "decimal"): _by_text for name in _FLOATS},
    **{(one, other): _duckdb for one in _FLOATS for other in _FLOATS},
    **{("boolean", name): _from_boolean for name in ("integer", "decimal", *_FLOATS)},
    **{(name, "boolean"): _to_boolean for name in ("integer", "decimal", *_FLOATS)},
    **{(name, "timestamp"): _to_timestamp for name in _TEMPORAL},
    **{(name, "timestamp with time zone"): _to_zoned for name in _TEMPORAL},
    ("timestamp", "date"): _duckdb,
    ("timestamp with time zone", "date"): _zoned_to_date,
    **{(name, "json"): _to_json for name in ("boolean", "integer", "varchar")},
    **{("json", name): _from_json for name in ("boolean", "integer", "double")},
    ("varchar", "varbinary"): lambda value, target, safe: call("encode", value.node),
}
