"""sqlglot's parser for Trino, changed to keep each function call as written and to record positions."""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError
from sqlglot.parsers.trino import TrinoParser
from sqlglot.tokenizer_core import TokenType

from .errors import AthenaError

_KEPT = (
    "CAST",
    "TRY_CAST",
    "EXTRACT",
    "TRIM",
    "POSITION",
    "LISTAGG",
    "SUBSTRING",
    "JSON_OBJECT",
    "NORMALIZE",
    "JSON_QUERY",
    "JSON_VALUE",
)


def _at(token: Any, node: Any) -> Any:
    """Give a node the position at which a token starts, unless the node has a position.

    `token.col` of sqlglot is the end of the token.
    """
    if isinstance(node, exp.Expr) and "start_column" not in node.meta:
        node.meta["start_line"], node.meta["start_column"] = token.line, token.col - (token.end - token.start)
    return node


def _placed(parse: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def parsed(self: Any, this: Any) -> Any:
        operator = self._prev
        return _at(operator, parse(self, this))

    return parsed


class AthenaParser(TrinoParser):
    """The parser of queries; syntax that only dialects other than Trino allow is a syntax error."""

    FUNCTIONS: ClassVar[Any] = {}
    FUNCTION_PARSERS: ClassVar[Any] = {name: TrinoParser.FUNCTION_PARSERS[name] for name in _KEPT}
    RANGE_PARSERS: ClassVar[Any] = {
        kind: _placed(TrinoParser.RANGE_PARSERS[kind])
        for kind in (TokenType.BETWEEN, TokenType.IN, TokenType.IS, TokenType.LIKE)
    }
    EQUALITY: ClassVar[Any] = {TokenType.EQ: exp.EQ, TokenType.NEQ: exp.NEQ}
    BITWISE: ClassVar[Any] = {}
    TERM: ClassVar[Any] = {TokenType.DASH: exp.Sub, TokenType.PLUS: exp.Add}
    FACTOR: ClassVar[Any] = {TokenType.MOD: exp.Mod, TokenType.SLASH: exp.Div, TokenType.STAR: exp.Mul}
    COLUMN_OPERATORS: ClassVar[Any] = {TokenType.DOT: None}
    CAST_COLUMN_OPERATORS: ClassVar[Any] = set()
    SUBQUERY_TOKENS: ClassVar[Any] = {*TrinoParser.SUBQUERY_TOKENS, TokenType.VALUES}

    def expression(self, instance: Any, token: Any = None, comments: Any = None) -> Any:
        """Build a node as sqlglot does; a binary operator gets the position of its operator sign."""
        if isinstance(instance, exp.Binary) and "start_column" not in instance.meta:
            operator = self._operator_before(instance.expression)
            if operator is not None:
                _at(operator, instance)
        return super().expression(instance, token, comments)

    def _operator_before(self, operand: Any) -> Any:
        first = operand.meta.get("first_token") if isinstance(operand, exp.Expr) else None
        return self._tokens[first - 1] if first else None

    def _parse_unary(self) -> Any:
        start, first = self._curr, self._index
        node = super()._parse_unary()
        if isinstance(node, exp.Expr):
            node.meta.setdefault("first_token", first)
        return _at(start, node)

    def _parse_atom(self) -> Any:
        start, first = self._curr, self._index
        node = super()._parse_atom()
        if isinstance(node, exp.Expr):
            node.meta.setdefault("first_token", first)
        return _at(start, node)

    def _parse_cast(self, *args: Any, **options: Any) -> Any:
        start = self._tokens[self._index - 2]
        try:
            node = super()._parse_cast(*args, **options)
        except ParseError as error:
            if "Expected TYPE" not in str(error) and "Expected identifier" not in str(error):
                raise
            raise AthenaError(
                "TYPE_MISMATCH",
                f"Unknown type: {self._curr.text}",
                start.line,
                start.col - (start.end - start.start),
            ) from None
        node.meta["written"] = True
        return node

    def parse_set_operation(self, *args: Any, **options: Any) -> Any:
        """Parse UNION, INTERSECT or EXCEPT; the node gets the position of the keyword."""
        start = self._curr
        return _at(start, super().parse_set_operation(*args, **options))

    def _parse_table(self, *args: Any, **options: Any) -> Any:
        start = self._curr
        return _at(start, super()._parse_table(*args, **options))

    def _parse_join(self, *args: Any, **options: Any) -> Any:
        comma, start = self._curr.token_type == TokenType.COMMA, self._curr
        node = super()._parse_join(*args, **options)
        if node is not None:
            node.meta["comma"] = comma
        return _at(start, node)

    def _parse_lambda(self, *args: Any, **options: Any) -> Any:
        start = self._curr
        node = super()._parse_lambda(*args, **options)
        return _at(start, node) if isinstance(node, exp.Lambda) else node

    def _parse_lambda_arg(self) -> Any:
        start = self._curr
        return _at(start, super()._parse_lambda_arg())

    def _parse_table_part(self, *args: Any, **options: Any) -> Any:
        start = self._curr
        return _at(start, super()._parse_table_part(*args, **options))

    def _parse_id_var(self, *args: Any, **options: Any) -> Any:
        start = self._curr
        return _at(start, super()._parse_id_var(*args, **options))


class AthenaDialect(Trino):
    """sqlglot's Trino dialect, but array indexes are kept as written."""

    INDEX_OFFSET = 0
    Parser = AthenaParser
