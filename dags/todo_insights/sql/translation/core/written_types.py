"""Translate the type names in a query, and typed literals."""

import re
from datetime import date

from sqlglot import exp

from .errors import failure, refusal
from .scope import Typed
from .types import Type, decimal, row, timestamp, zoned

_DTYPES = {
    exp.DType.BOOLEAN: "boolean",
    exp.DType.TINYINT: "tinyint",
    exp.DType.SMALLINT: "smallint",
    exp.DType.INT: "integer",
    exp.DType.BIGINT: "bigint",
    exp.DType.FLOAT: "real",
    exp.DType.DOUBLE: "double",
    exp.DType.VARCHAR: "varchar",
    exp.DType.VARBINARY: "varbinary",
    exp.DType.DATE: "date",
    exp.DType.JSON: "json",
}


def target_type(node: exp.DataType, at: exp.Expr) -> Type:  # noqa: C901  # a list of cases, each short
    """The type that a query names; raises TYPE_MISMATCH for an unknown type."""
    parameters = [each.this for each in node.expressions if isinstance(each, exp.DataTypeParam)]
    numbers = [int(each.name) for each in parameters if isinstance(each, exp.Literal) and each.is_int]
    kind = node.this
    if kind in _DTYPES:
        name = _DTYPES[kind]
        return Type(name, tuple(numbers[:1])) if name == "varchar" else Type(name)
    if kind == exp.DType.DECIMAL:
        precision, scale = ([*numbers, 0])[:2] if numbers else (38, 0)
        if not 1 <= precision <= 38 or scale > precision:
            raise failure("TYPE_MISMATCH", f"Unknown type: decimal({precision},{scale})", at)
        return decimal(precision, scale)
    if kind in (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ):
        precision = numbers[0] if numbers else 3
        if precision > 6:
            raise refusal(
                f"timestamp({precision})", at, "DuckDB keeps at most six decimal places of a second"
            )
        return (timestamp if kind == exp.DType.TIMESTAMP else zoned)(precision)
    if kind == exp.DType.ARRAY and len(node.expressions) == 1:
        return Type("array", (target_type(node.expressions[0], at),))
    if kind == exp.DType.MAP and len(node.expressions) == 2:
        return Type("map", tuple(target_type(each, at) for each in node.expressions))
    if kind == exp.DType.STRUCT:
        kinds = [each.args["kind"] if isinstance(each, exp.ColumnDef) else each for each in node.expressions]
        names = [each.name.lower() if isinstance(each, exp.ColumnDef) else None for each in node.expressions]
        return row(names, [target_type(each, at) for each in kinds])
    if kind in (
        exp.DType.CHAR,
        exp.DType.TIME,
        exp.DType.TIMETZ,
        exp.DType.UUID,
        exp.DType.IPADDRESS,
        exp.DType.INTERVAL,
        exp.DType.HLLSKETCH,
        exp.DType.TDIGEST,
    ):
        raise refusal(f"the type {node.sql('trino').lower()}", at)
    raise failure("TYPE_MISMATCH", f"Unknown type: {node.sql('trino').lower()}", at)


def typed_literal(value: Typed, target: Type, node: exp.Expr) -> tuple[Typed, Type]:
    """Translate a typed literal, like DATE '2026-11-29'; an invalid value raises an error at once."""
    text_ = node.this.name
    try:
        if target.name == "date":
            date.fromisoformat("-".join(part.zfill(2) for part in text_.strip().split("-")))
        elif target.name == "timestamp":
            head, _, clock = text_.partition(" ")
            date.fromisoformat("-".join(part.zfill(2) for part in head.split("-")))
            if clock and not re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", clock):
                zone = re.fullmatch(r"([\d:.]+) ?([A-Za-z+-].*)", clock)
                if not zone:
                    raise ValueError(text_)
                return value, zoned(target.args[0])
        elif target.name == "decimal":
            digits = re.fullmatch(r"[+-]?0*(\d*)\.?(\d*)", text_)
            if not digits:
                raise ValueError(text_)
            return value, decimal(max(1, len(digits[1]) + len(digits[2])), len(digits[2]))
    except ValueError:
        raise failure(
            "INVALID_LITERAL", f"'{text_}' is not a valid {target.name.upper()} literal", node
        ) from None
    return value, target
