"""A soak accepts only the expected response and a well-formed 503 problem."""

import pytest
import requests

from bench.soak.recorder import AttemptOutcome
from bench.soak.user import classify_response

PROBLEM_HEADERS = {"Content-Type": "application/problem+json", "Retry-After": "5", "X-Request-ID": "12345678"}


def response(status: int, headers: dict[str, str]) -> requests.Response:
    created = requests.Response()
    created.status_code = status
    created.headers.update(headers)
    return created


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, PROBLEM_HEADERS, AttemptOutcome.ANSWERED),
        (200, {}, AttemptOutcome.WRONG),
        (503, PROBLEM_HEADERS, AttemptOutcome.UNAVAILABLE),
        (503, PROBLEM_HEADERS | {"Content-Type": "text/html"}, AttemptOutcome.WRONG),
        (503, PROBLEM_HEADERS | {"Retry-After": "soon"}, AttemptOutcome.WRONG),
        (503, PROBLEM_HEADERS | {"X-Request-ID": ""}, AttemptOutcome.WRONG),
        (500, PROBLEM_HEADERS, AttemptOutcome.WRONG),
        (404, PROBLEM_HEADERS, AttemptOutcome.WRONG),
    ],
)
def test_responses_are_classified_by_status_and_headers(
    status: int, headers: dict[str, str], outcome: AttemptOutcome
) -> None:
    assert classify_response(response(status, headers), expected=200) is outcome
