"""The functions of Trino with their types (as in `SHOW FUNCTIONS`), and how well a function fits a call."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from .types import NUMBERS, Type, coerces, common, decimal, parse_type

# A call may repeat the last argument of these functions; the output of SHOW FUNCTIONS does not show this.
_REPEATING = frozenset({"concat", "concat_ws", "greatest", "least", "map_concat"})
_VARIABLE = re.compile(r"[a-zA-Z]\d?|timestamp|time|varchar")


@dataclass(frozen=True)
class Signature:
    """One overload of a function.

    A type whose name is one letter is a type variable. The parts of a function type are the types of the
    arguments and the type of the result.
    """

    name: str
    arguments: tuple[Type, ...]
    result: Type

    @property
    def key(self) -> str:
        """The name of the overload in reproduced_functions.txt, where types are written without precision."""
        return f"{self.name}({', '.join(argument.name for argument in self.arguments)})"


@dataclass
class Binding:
    """A signature, the types of a call's arguments, and the types of the type variables in this call."""

    signature: Signature
    arguments: list[Type]
    variables: dict[str, Type]

    def result(self) -> Type:
        """The type of the result of the call."""
        found = substitute(self.signature.result, self.variables)
        return found if all(isinstance(arg, int) for arg in _precision(found)) else self._as_precise(found)

    def _as_precise(self, kind: Type) -> Type:
        """Give a timestamp type the precision of the last timestamp argument, or 0 if there is none."""
        if kind.name == "array":
            return Type("array", (self._as_precise(kind.args[0]),))
        precise = [each for each in self.arguments if each.name.startswith("timestamp") and each.args]
        return Type(kind.name, precise[-1].args if precise else (0,))


def _precision(kind: Type) -> tuple[object, ...]:
    inner = kind.args[0] if kind.name == "array" else kind
    return inner.args if isinstance(inner, Type) and inner.name.startswith("timestamp") else ()


@cache
def names() -> frozenset[str]:
    """The names of all functions of Trino."""
    return frozenset(line.partition("(")[0].lower() for line in _lines())


@cache
def overloads(name: str) -> tuple[Signature, ...]:
    """All overloads of the function with this name."""
    return tuple(_signature(line) for line in _lines() if line.startswith(f"{name}("))


@cache
def _lines() -> tuple[str, ...]:
    return tuple((files(__package__) / "trino_functions.txt").read_text("utf-8").splitlines())


def _signature(line: str) -> Signature:
    call, _, result = line.partition(" -> ")
    name, _, arguments = call.partition("(")
    parsed = parse_type(f"row({arguments}") if arguments != ")" else Type("row")
    return Signature(name, parsed.args, parse_type(result))


def arguments_of(signature: Signature, count: int) -> tuple[Type, ...] | None:
    """The declared types for `count` arguments; None if the overload takes another number of arguments."""
    declared = signature.arguments
    if signature.name in _REPEATING and count > len(declared):
        return (*declared, *(declared[-1:] * (count - len(declared))))
    return declared if len(declared) == count else None


def unify(declared: Type, actual: Type, variables: dict[str, Type]) -> bool:
    """Return whether an argument fits a declared type as in Trino; sets the type variables of the type."""
    if _is_variable(declared):
        known = variables.get(declared.name)
        found = actual if known is None else common(known, actual)
        if found is None:
            return False
        variables[declared.name] = found
        return True
    if actual.name == "unknown":
        return True
    if declared.name == "decimal" and actual.name in ("decimal", "tinyint", "smallint", "integer", "bigint"):
        return True
    if declared.name in ("array", "map", "row"):
        return (
            declared.name == actual.name
            and len(declared.args) == len(actual.args)
            and all(
                unify(one, other, variables) for one, other in zip(declared.args, actual.args, strict=True)
            )
        )
    if declared.name in ("joniregexp", "jsonpath", "codepoints"):
        return actual.name == "varchar"
    if declared.name in ("timestamp", "timestamp with time zone", "time"):
        return actual.name == declared.name or (
            (declared.name == "timestamp" and actual.name == "date")
            or (declared.name == "timestamp with time zone" and actual.name in ("date", "timestamp"))
        )
    return coerces(actual, declared)


def distance(declared: Type, actual: Type) -> int:
    """The size of an argument's conversion to a declared type; Trino chooses the smallest total size."""
    if _is_variable(declared) or declared.name == actual.name:
        return 0
    order = ("date", "timestamp", "timestamp with time zone")
    if actual.name in NUMBERS and declared.name in NUMBERS:
        return NUMBERS.index(declared.name) - NUMBERS.index(actual.name)
    if actual.name in order and declared.name in order:
        return order.index(declared.name) - order.index(actual.name)
    return 1


def substitute(kind: Type, variables: dict[str, Type]) -> Type:
    """Replace the type variables in a type by the types that they have in a call."""
    if _is_variable(kind):
        return variables.get(kind.name, Type("unknown"))
    if kind.name == "varchar":
        return Type("varchar")
    if any(isinstance(arg, Type) for arg in kind.args):
        return Type(
            kind.name,
            tuple(
                substitute(arg, variables)
                if isinstance(arg, Type) and arg.name not in ("p", "s", "x", "n")
                else arg
                for arg in kind.args
            ),
            kind.names,
        )
    return kind


def _is_variable(kind: Type) -> bool:
    return not kind.args and re.fullmatch(r"[a-zA-Z]\d?", kind.name) is not None


def decimal_result(name: str, arguments: Sequence[Type]) -> Type:
    """The decimal type that ROUND, CEIL and similar functions return.

    https://trino.io/docs/current/functions/decimal.html
    """
    if not arguments or arguments[0].name != "decimal":
        return decimal(38, 0)
    precision, scale = arguments[0].args
    if name in ("ceil", "ceiling", "floor"):
        return decimal(precision - scale + min(scale, 1), 0)
    if name == "round" and len(arguments) == 1:
        return decimal(precision - scale + min(scale, 1), 0)
    if name == "round":
        return decimal(precision + 1, scale)
    if name == "truncate" and len(arguments) == 1:
        return decimal(max(precision - scale, 1), 0)
    if name == "sum":
        return decimal(38, scale)
    if name == "sign":
        return decimal(1, 0)
    return decimal(precision, scale)
