"""Rules for what is counted: lines of the API's log, and dollars."""

import logging
import re

from tests.cloudformation.rules.core import Json, Rule, of_type
from tests.cloudformation.rules.wiring import environment_of
from tests.cloudformation.rules.writing import strays
from webapp.http.request_log import JsonLines

FILTER, BUDGET = "AWS::Logs::MetricFilter", "AWS::Budgets::Budget"
# What the API answers, and which counts go up.
ANSWERS = [
    ("GET /api/v1/tasks", 200, {"Requests"}),
    ("GET /api/v1/tasks", 404, {"Requests", "Errors4xx"}),
    ("GET /api/v1/tasks", 401, {"Requests", "Errors4xx"}),
    ("PUT /api/v1/tasks", 499, {"Requests", "Errors4xx"}),
    ("POST /api/v1/auth/login", 401, {"Requests", "Errors4xx", "LoginFailures"}),
    ("POST /api/v1/auth/login", 200, {"Requests"}),
    ("POST /api/v1/tasks", 429, {"Requests", "Errors4xx", "RateLimited"}),
    ("POST /api/v1/tasks", 500, {"Requests", "Errors5xx"}),
    ("POST /api/v1/tasks", 503, {"Requests", "Errors5xx", "DatabaseErrors"}),
    ("POST /api/v1/tasks", 599, {"Requests", "Errors5xx"}),
]
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
# Brackets, quotes and blanks are refused; \x22 and \s stand for the last two.
ALLOWED = re.compile(r"[A-Za-z0-9:_#=@/;,^$?\[\]{}|\\*+.-]+")
EXPRESSIONS_OF_A_FILTER, EXPRESSIONS_OF_A_GROUP, LONGEST_PATTERN = 2, 5, 1024
COUNTS = {name for _, _, counted in ANSWERS for name in counted}
_COUNT = "MetricTransformations[]"
COUNTED = {
    "LogGroupName": "@ApiLogGroupName",
    f"{_COUNT}.DefaultValue": "0",
    f"{_COUNT}.MetricValue": "1",
    f"{_COUNT}.Unit": "Count",
}


def line(operation: str, status: int) -> str:
    """Return a line of the API as Beanstalk's log has it: rsyslog puts date, host and process before it."""
    fields = {"operation": operation, "http_status": status, "duration_ms": 503.0}
    record = logging.makeLogRecord({"msg": "request", "levelname": "INFO", **fields})
    return f"Nov 21 10:00:00 ip-10-20-16-7 web[2211]: {JsonLines().format(record)}"


def finds(pattern: str, text: str) -> bool:
    """Evaluate the two kinds of patterns used here as CloudWatch does: a regular expression, or all terms."""
    if pattern.startswith("%"):
        return re.search(pattern[1:-1], text) is not None
    terms = re.findall(r'"((?:[^"\\]|\\.)*)"', pattern)
    return bool(terms) and all(term.replace('\\"', '"') in text for term in terms)


def blind_filters(template: Json) -> list[str]:
    """Name filters that count other lines than their metric says, and counts that have no filter."""
    filters = of_type(template, FILTER)
    if not filters:
        return []
    findings, counted = [], set()
    for name, each in filters.items():
        for transformation in each.get("MetricTransformations", []):
            metric = transformation.get("MetricName")
            counted.add(metric)
            seen = [
                finds(each.get("FilterPattern", ""), line(operation, status))
                for operation, status, _ in ANSWERS
            ]
            if seen != [metric in names for _, _, names in ANSWERS]:
                findings.append(f"{name} counts other lines than {metric}")
    return findings + sorted(map(str, counted ^ COUNTS))


def refused_patterns(template: Json) -> list[str]:
    """Name filters whose regular expressions CloudWatch does not take, and a group that has too many."""
    findings, expressions = [], 0
    for name, each in of_type(template, FILTER).items():
        pattern = each.get("FilterPattern", "")
        # Every second part lies between two signs.
        parts = pattern.split("%")
        inner = parts[1::2]
        expressions += bool(inner)
        legible = len(parts) % 2 and all(ALLOWED.fullmatch(part) for part in inner)
        if not legible or len(inner) > EXPRESSIONS_OF_A_FILTER or len(pattern) > LONGEST_PATTERN:
            findings.append(f"{name}: {pattern}")
    return [*findings, "too many expressions"] if expressions > EXPRESSIONS_OF_A_GROUP else findings


def wrong_counts(template: Json) -> list[str]:
    """Name filters that add something else than one for each line, or where no alarm would look."""
    space = re.escape(f"TodoApi/Api/{environment_of(template)}")
    return [
        finding
        for name, each in of_type(template, FILTER).items()
        for finding in strays(name, each, {**COUNTED, f"{_COUNT}.MetricNamespace": space})
    ]


RULES: list[Rule] = [blind_filters, refused_patterns, wrong_counts]
