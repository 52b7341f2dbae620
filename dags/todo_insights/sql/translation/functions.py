"""Scalar functions: which overload a call takes, and what the embedded lake calls in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from . import chapters, operators, patterns
from .casts import as_text, convert
from .errors import failure, refusal, suggestion
from .generator import call, cast, text
from .macros import OR_NULL
from .scope import Scope, Typed
from .signatures import (
    Binding,
    Signature,
    arguments_of,
    decimal_result,
    distance,
    names,
    overloads,
    substitute,
    unify,
)
from .types import (
    BIGINT,
    BOOLEAN,
    DATE,
    INTEGER,
    INTEGERS,
    VARCHAR,
    Type,
    array,
    as_decimal,
    common,
    row,
    timestamp,
    zoned,
)

if TYPE_CHECKING:
    from .expressions import Expressions

_AGGREGATES = frozenset(
    "any_value approx_distinct approx_most_frequent approx_percentile approx_set arbitrary array_agg avg bitwise_and_agg "
    "bitwise_or_agg bitwise_xor_agg bool_and bool_or checksum convex_hull_agg corr count count_if covar_pop covar_samp "
    "entropy every geometric_mean geometry_union_agg histogram kurtosis listagg make_set_digest map_agg map_union max "
    "max_by merge merge_set_digest min min_by multimap_agg numeric_histogram qdigest_agg reduce_agg regr_avgx regr_avgy regr_count "
    "regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy skewness stddev stddev_pop stddev_samp sum tdigest_agg "
    "var_pop var_samp variance".split()
)
_WINDOWS = frozenset(
    "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value".split()
)
# Arguments that are read as they are written: patterns are translated before the query runs.
_FORMS = frozenset(
    {
        "coalesce",
        "nullif",
        "try",
        "row",
        "current_timestamp",
        "localtimestamp",
        "if",
        "format",
        "grouping",
        "json_array",
        "json_exists",
        "json_table",
        "listagg",
    }
)


_RESERVED = frozenset({"left", "right", "values", "all", "any", "some", "distinct", "from", "not"})


def is_aggregate(name: str) -> bool:
    """Tell whether a function adds up rows."""
    return name in _AGGREGATES


def exists(name: str) -> bool:
    """Tell whether Trino has a function of this name."""
    return name in names() or name in _FORMS or name in _AGGREGATES


def function(
    expressions: Expressions, node: exp.Expr, name: str, arguments: list[exp.Expr], scope: Scope
) -> Typed:
    """A call of a scalar function; `node` is where it stands in the query."""
    if form := _FORM.get(name):
        return form(expressions, node, arguments, scope)
    if not exists(name):
        if name in _RESERVED:
            raise failure("SYNTAX_ERROR", f"mismatched input '{name}'", node)
        known = (*names(), *_FORMS)
        raise failure(
            "FUNCTION_NOT_FOUND", f"Function '{name}' not registered{suggestion(name, known)}", node
        )
    if name in _FORMS:
        raise refusal(name, node)
    if name in _WINDOWS:
        raise failure("MISSING_OVER", f"Window function {name} requires an OVER clause", node)
    values, bound = bind(expressions, node, name, arguments, scope)
    return translate(name, values, bound, node)


def translate(name: str, values: list[Typed], bound: Binding, node: exp.Expr) -> Typed:
    """The call for DuckDB of an overload whose arguments are resolved."""
    kind = bound.result()
    if kind.name == "decimal":
        kind = decimal_result(name, [each.type for each in values])
    if special := patterns.SPECIAL.get(name):
        return special(name, values, kind, node)
    target = chapters.target(bound.signature)
    if target is None:
        raise refusal(f"{name}({', '.join(str(each) for each in bound.arguments)})", node)
    nodes = [each.node for each in values]
    if name in chapters.OF_LOCAL_TIME and values[-1].type.name == "timestamp with time zone":
        nodes[-1] = call("athena_local", nodes[-1])
    made = call(target, *nodes)
    if kind.name in ("varchar", "boolean", "json"):
        return Typed(made, kind)
    return Typed(cast(made, kind.duckdb), kind)


def bind(
    expressions: Expressions, node: exp.Expr, name: str, arguments: Sequence[exp.Expr], scope: Scope
) -> tuple[list[Typed], Binding]:
    """The arguments as the overload takes them; raises TYPE_MISMATCH when there is none for them."""
    given = [None if isinstance(each, exp.Lambda) else expressions(each, scope) for each in arguments]
    signature = _choose(name, given, node)
    declared = arguments_of(signature, len(given))
    assert declared is not None
    variables: dict[str, Type] = {}
    for kind, each in zip(declared, given, strict=True):
        if each is not None:
            unify(kind, each.type, variables)
    values = []
    for kind, each, argument in zip(declared, given, arguments, strict=True):
        values.append(_lambda(expressions, argument, kind, variables, scope, node) if each is None else each)
    final = [
        _coerced(each, substitute(kind, variables)) if not isinstance(each.node, exp.Lambda) else each
        for kind, each in zip(declared, values, strict=True)
    ]
    return final, Binding(signature, [each.type for each in final], variables | _precisions(declared, final))


def _precisions(declared: Sequence[Type], values: Sequence[Typed]) -> dict[str, Type]:
    return {}


def _choose(name: str, given: Sequence[Typed | None], node: exp.Expr) -> Signature:
    fitting = []
    for signature in overloads(name):
        declared = arguments_of(signature, len(given))
        if declared is None or any(kind.name == "char" for kind in declared):
            continue
        variables: dict[str, Type] = {}
        pairs = list(zip(declared, given, strict=True))
        if all(
            (kind.name == "function") if each is None else unify(kind, each.type, variables)
            for kind, each in pairs
        ):
            fitting.append(
                (
                    sum(distance(kind, each.type) for kind, each in pairs if each is not None),
                    len(fitting),
                    signature,
                )
            )
    if (
        fitting
        and any(each is not None and each.type.name == "unknown" for each in given)
        and len({each[2].result for each in fitting}) > 1
    ):
        if len({each[2].arguments[0].name for each in fitting}) > 1 and name in ("reverse", "concat"):
            raise failure(
                "AMBIGUOUS_FUNCTION_CALL",
                "Could not choose a best candidate operator. Explicit type casts must be added.",
                node,
            )
        if len({each[0] for each in fitting}) == 1:
            raise refusal(f"{name} of NULL", node, "its type is not known here")
    if fitting:
        return min(fitting, key=lambda each: each[:2])[2]
    kinds = ", ".join(str(each.type) if each else "function" for each in given)
    if any(each is not None and each.type.has("char", "time") for each in given):
        raise refusal(f"{name}({kinds})", node)
    expected = ", ".join(f"{each.name}({', '.join(map(str, each.arguments))})" for each in overloads(name))
    raise failure(
        "FUNCTION_NOT_FOUND",
        f"Unexpected parameters ({kinds}) for function {name}. Expected: {expected}",
        node,
    )


def _lambda(
    expressions: Expressions,
    node: exp.Expr,
    kind: Type,
    variables: dict[str, Type],
    scope: Scope,
    at: exp.Expr,
) -> Typed:
    *inputs, output = kind.args
    if len(inputs) != len(node.expressions):
        raise failure(
            "INVALID_PARAMETER_USAGE",
            f"Expected a lambda that takes {len(inputs)} argument(s) but got {len(node.expressions)}",
            node,
        )
    names_ = [each.name.lower() for each in node.expressions]
    parameters = {
        name: Typed(exp.to_identifier(f"_{name}", quoted=True), substitute(declared, variables))
        for name, declared in zip(names_, inputs, strict=True)
    }
    body = expressions(node.this, scope.inside(parameters))
    if not unify(output, body.type, variables):
        raise failure(
            "FUNCTION_NOT_FOUND",
            f"Unexpected parameters for a function: its lambda gives {body.type}, not {substitute(output, variables)}",
            at,
        )
    body = _coerced(body, substitute(output, variables))
    made = exp.Lambda(this=body.node, expressions=[parameters[name].node.copy() for name in names_])
    return Typed(made, body.type)


def _coerced(value: Typed, kind: Type) -> Typed:
    if kind.name == "decimal" and value.type.name in (*INTEGERS, "decimal"):
        return operators.to(value, as_decimal(value.type))
    if kind.name in ("joniregexp", "jsonpath", "codepoints", "varchar"):
        return operators.to(value, VARCHAR) if value.type.name == "unknown" else value
    if kind.name == value.type.name and kind.name in ("timestamp", "timestamp with time zone", "time"):
        return value
    if kind.name == "timestamp":
        return operators.to(value, timestamp(0 if value.type.name == "date" else 3))
    if kind.name == "timestamp with time zone":
        return operators.to(value, zoned(value.type.args[0] if value.type.args else 0))
    if kind.name == "unknown":
        return value
    return operators.to(value, kind)


# The special forms: their arguments are not those of a function.


def _coalesce(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) < 2:
        raise failure("SYNTAX_ERROR", "The 'coalesce' function must have at least two arguments", node)
    values = expressions.unified(arguments, scope, "All COALESCE operands", node)
    return Typed(call("coalesce", *(each.node for each in values)), values[0].type)


def _nullif(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) != 2:
        raise failure("INVALID_FUNCTION_ARGUMENT", "Invalid number of arguments for 'nullif' function", node)
    one, other = (expressions(each, scope) for each in arguments)
    if common(one.type, other.type) is None:
        raise failure(
            "TYPE_MISMATCH", f"Types are not comparable with NULLIF: {one.type} vs {other.type}", node
        )
    test = operators.compare(exp.EQ(), one, other).node
    made = exp.Case(ifs=[exp.If(this=test, true=exp.Null())], default=one.node.copy())
    return Typed(made, one.type)


def _try(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) != 1:
        raise failure("INVALID_FUNCTION_ARGUMENT", "The 'try' function must have exactly one argument", node)
    found = expressions(arguments[0], scope)
    for each in found.node.walk():
        if isinstance(
            each, exp.Query | exp.Lambda | exp.Case | exp.Is | exp.Connector | exp.Struct | exp.Window
        ) or each.meta.get("aggregate"):
            raise refusal("TRY around more than operators and functions", node)
        if isinstance(each, exp.Anonymous) and each.name in ("coalesce", "concat_ws", "greatest", "least"):
            raise refusal(f"TRY around {each.name}", node)
    made = found.node.copy()
    for each in made.find_all(exp.Anonymous):
        if each.name.startswith("athena_"):
            each.set("this", each.name + OR_NULL)
    return Typed(call("TRY", made), found.type)


def _row(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    return expressions.row(arguments, scope)


def _current_timestamp(
    expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope
) -> Typed:
    if len(arguments) == 1 and arguments[0].name in ("0", "3"):
        found = expressions(exp.CurrentTimestamp(), scope)
        if arguments[0].name == "3":
            return found
    raise refusal("current_timestamp with a precision", node)


def _localtimestamp(
    expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope
) -> Typed:
    raise refusal("localtimestamp with a precision", node)


def _greatest(macro: str) -> Callable[..., Typed]:
    def build(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
        name = macro.removeprefix("athena_")
        values, bound = bind(expressions, node, name, arguments, scope)
        kind = bound.variables["E"]
        values = [operators.to(each, kind) for each in values]
        if kind.name in ("array", "row", "map", "timestamp with time zone", "double", "real", "json"):
            if kind.name not in ("double", "real"):
                raise refusal(f"{name} of {kind}", node)
        missing: exp.Expr = exp.false()
        for each in values:
            missing = exp.Or(
                this=missing, expression=exp.Is(this=exp.Paren(this=each.node.copy()), expression=exp.Null())
            )
        made = exp.Case(
            ifs=[exp.If(this=missing, true=exp.Null())], default=call(name, *(each.node for each in values))
        )
        return Typed(made, kind)

    return build


def _concat(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if len(arguments) < 2:
        raise failure("INVALID_FUNCTION_ARGUMENT", "There must be two or more concatenation arguments", node)
    found = expressions(arguments[0], scope)
    for each in arguments[1:]:
        found = operators.concatenate(node, found, expressions(each, scope))
    return found


def _mod(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "mod", arguments, scope)
    return operators.arithmetic(exp.Mod(), *values)


def _date(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "date", arguments, scope)
    return convert(values[0], DATE, node)


def _grouping(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    if not expressions.allows_aggregates:
        raise failure(
            "EXPRESSION_NOT_SCALAR", f"{expressions.clause} clause cannot contain grouping operations", node
        )
    made = call("GROUPING", *(expressions(each, scope).node for each in arguments))
    made = cast(made, "INTEGER")
    made.meta["aggregate"] = True
    expressions.aggregates.append(made)
    return Typed(made, INTEGER)


def _typeof(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    (found,), _ = bind(expressions, node, "typeof", arguments, scope)
    if found.type.has("varchar") and not isinstance(arguments[0], exp.Column | exp.Literal | exp.Cast):
        raise refusal("typeof of a varchar expression", node, "its length is not known here")
    return Typed(text(str(found.type)), VARCHAR)


def _zip(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "zip", arguments, scope)
    kind = array(row([None] * len(values), [each.type.args[0] for each in values]))
    if len(values) > 3:
        raise refusal("zip of more than three arrays", node)
    return Typed(call(f"athena_zip{len(values)}", *(each.node for each in values), cast=kind.duckdb), kind)


def _array_join(expressions: Expressions, node: exp.Expr, arguments: list[exp.Expr], scope: Scope) -> Typed:
    values, _ = bind(expressions, node, "array_join", arguments, scope)
    name = exp.to_identifier("element")
    shown = as_text(Typed(name, values[0].type.args[0]), node)
    texts = call("list_transform", values[0].node, exp.Lambda(this=shown, expressions=[name.copy()]))
    return Typed(call(f"athena_array_join{len(values)}", texts, *(each.node for each in values[1:])), VARCHAR)


_FORM: dict[str, Callable[[Expressions, exp.Expr, list[exp.Expr], Scope], Typed]] = {
    "coalesce": _coalesce,
    "nullif": _nullif,
    "try": _try,
    "row": _row,
    "current_timestamp": _current_timestamp,
    "localtimestamp": _localtimestamp,
    "greatest": _greatest("athena_greatest"),
    "least": _greatest("athena_least"),
    "concat": _concat,
    "format": patterns.formatted,
    "mod": _mod,
    "date": _date,
    "grouping": _grouping,
    "typeof": _typeof,
    "zip": _zip,
    "array_join": _array_join,
}


def at_time_zone(node: exp.Expr, value: Typed, zone: Typed) -> Typed:
    """A moment as another zone shows it; a timestamp without zone is one of the session's zone, UTC."""
    if not isinstance(node.args["zone"], exp.Literal | exp.Interval):
        raise failure(
            "SYNTAX_ERROR",
            f"mismatched input '{node.args['zone'].sql('trino')}'. Expecting: 'INTERVAL', <string>",
            node.args["zone"],
        )
    if zone.type.name != "varchar":
        if zone.type == Type("interval day to second"):
            raise refusal("AT TIME ZONE with an interval", node)
        raise failure(
            "TYPE_MISMATCH",
            f"Type of time zone must be a varchar or an interval day to second, was {zone.type}",
            node,
        )
    if value.type.name == "timestamp":
        value = operators.to(value, zoned(value.type.args[0]))
    if value.type.name != "timestamp with time zone":
        raise failure(
            "TYPE_MISMATCH",
            f"Type of value must be a time or timestamp with or without time zone (actual {value.type})",
            node,
        )
    return Typed(
        call("athena_zoned", call("athena_utc", value.node), call("athena_valid_zone", zone.node)), value.type
    )


_PARTS = {
    "DOW": "day_of_week",
    "DAY_OF_WEEK": "day_of_week",
    "DAYOFWEEK": "day_of_week",
    "DOY": "day_of_year",
    "DAY_OF_YEAR": "day_of_year",
    "DAYOFYEAR": "day_of_year",
    "YOW": "year_of_week",
    "YEAR_OF_WEEK": "year_of_week",
    "DAY_OF_MONTH": "day_of_month",
    **{
        name.upper(): name
        for name in (
            "year",
            "quarter",
            "month",
            "week",
            "day",
            "hour",
            "minute",
            "second",
            "timezone_hour",
            "timezone_minute",
        )
    },
}


def extract(node: exp.Expr, part: str, value: Typed) -> Typed:
    """EXTRACT(part FROM value)."""
    name = _PARTS.get(part.upper())
    if name is None:
        raise failure("SYNTAX_ERROR", f"Invalid EXTRACT field {part}", node)
    if name in ("hour", "minute", "second", "timezone_hour", "timezone_minute") and value.type.name == "date":
        raise failure("TYPE_MISMATCH", f"Cannot extract {part.upper()} from date", node.expression)
    signature = _choose(name, [value], node)
    return translate(name, [value], Binding(signature, [value.type], {}), node)


_ = (BIGINT, BOOLEAN, DATE)
