"""Translate the text of a statement for DuckDB: parse it, check the tokens, resolve names, write SQL."""

import re
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from ...core.errors import QueryError
from .core.dialect import AthenaDialect
from .core.errors import AthenaError, NotReproducible
from .core.generator import sql_of
from .core.types import Type
from .queries import Database, Translator


@dataclass(frozen=True)
class Translated:
    """A query for DuckDB, the names and types of its columns, and the tables and views that it names."""

    sql: str
    columns: list[str]
    types: list[Type]
    tables: list[str]


def parse(sql: str) -> exp.Expr:
    """Parse one query; raises AthenaError with SYNTAX_ERROR for any other text."""
    dialect = AthenaDialect()
    try:
        tokens = dialect.tokenize(sql)
        _check_tokens(tokens, sql)
        statements = [each for each in dialect.parser().parse(tokens, sql) if each is not None]
    except SqlglotError as error:
        raise _syntax_error(error) from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query | exp.Values):
        raise QueryError("write one SELECT statement; SQL can only read the lake")
    return statements[0]


def translate(node: exp.Expr, database: Database) -> Translated:
    """Translate a query to DuckDB.

    Raises AthenaError if Athena refuses the query, and NotReproducible if only the embedded lake cannot
    answer it.
    """
    translator = Translator(database)
    made, columns, types = translator.statement(node)
    return Translated(sql_of(made), columns, types, list(translator.used))


def _syntax_error(error: SqlglotError) -> AthenaError:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        found = first.get("highlight") or ""
        line, column = first.get("line"), first.get("col")
        return AthenaError(
            "SYNTAX_ERROR",
            f"mismatched input '{found}'",
            line,
            max(1, column - len(found) + 1) if column else column,
        )
    return AthenaError("SYNTAX_ERROR", re.sub(r"\s+", " ", str(error)), 1, 1)


_WRONG = {
    TokenType.DCOLON,
    TokenType.DIV,
    TokenType.ILIKE,
    TokenType.RLIKE,
    TokenType.QUALIFY,
    TokenType.NULLSAFE_EQ,
    TokenType.AMP,
    TokenType.PIPE,
    TokenType.CARET,
    TokenType.TILDE,
    TokenType.HASH,
    TokenType.DOLLAR,
    TokenType.BACKSLASH,
    TokenType.SIMILAR_TO,
    TokenType.GLOB,
}


def _check_tokens(tokens: list[Token], sql: str) -> None:  # noqa: C901  # a list of cases, each short
    """Raise SYNTAX_ERROR for tokens that sqlglot accepts but Trino does not."""
    depth = 0
    limited: dict[int, bool] = {}
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.token_type in _WRONG:
            raise _unexpected(token)
        if token.token_type == TokenType.L_PAREN:
            depth += 1
        elif token.token_type == TokenType.R_PAREN:
            limited.pop(depth, None)
            depth -= 1
        elif token.token_type in (TokenType.LIMIT, TokenType.FETCH):
            limited[depth] = True
        elif token.token_type == TokenType.OFFSET and limited.get(depth):
            raise _unexpected(token)
        if (
            token.token_type == TokenType.NUMBER
            and following is not None
            and following.start == token.end + 1
            and following.token_type in (TokenType.VAR, TokenType.NUMBER)
        ):
            if following.text.startswith("_"):
                raise NotReproducible("numbers with _", "", token.line, _start(token))
            raise _unexpected(token)
        if token.token_type == TokenType.EQ and token.end > token.start:
            raise _unexpected(token)
        if token.token_type == TokenType.HEX_STRING and sql[token.start : token.start + 2].lower() == "0x":
            raise NotReproducible("hexadecimal integers", "", token.line, _start(token))
        if token.token_type == TokenType.INTERVAL and following is not None:
            _check_interval(token, tokens[index + 1 : index + 4])
        if (
            token.token_type == TokenType.COMMA
            and following is not None
            and (
                following.token_type in (TokenType.R_PAREN, TokenType.FROM, TokenType.WHERE, TokenType.COMMA)
            )
        ):
            raise _unexpected(following)


def _check_interval(token: Token, rest: list[Token]) -> None:
    if rest[0].token_type in (TokenType.DASH, TokenType.PLUS):
        rest = rest[1:]
    if rest[0].token_type == TokenType.NUMBER:
        raise _unexpected(rest[0])
    if rest[0].token_type == TokenType.STRING and (len(rest) < 2 or rest[1].text.upper() not in _UNITS):
        raise AthenaError("TYPE_NOT_FOUND", "Unknown type: INTERVAL", token.line, _start(token))


_UNITS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def _start(token: Token) -> int:
    return token.col - (token.end - token.start)


def _unexpected(token: Token) -> AthenaError:
    return AthenaError(
        "SYNTAX_ERROR", f"mismatched input '{token.text}'", token.line, token.col - (token.end - token.start)
    )
