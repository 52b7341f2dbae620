"""Only the expected answer and an honest 503 are answers that may happen."""

import pytest
import requests

from bench.soak.recorder import Outcome
from bench.soak.user import judge_status

HONEST = {"Content-Type": "application/problem+json", "Retry-After": "5", "X-Request-ID": "12345678"}


def answer(status: int, headers: dict[str, str]) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update(headers)
    return made


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, HONEST, Outcome.ANSWERED),
        (200, {}, Outcome.WRONG),
        (503, HONEST, Outcome.UNAVAILABLE),
        (503, HONEST | {"Content-Type": "text/html"}, Outcome.WRONG),
        (503, HONEST | {"Retry-After": "soon"}, Outcome.WRONG),
        (503, HONEST | {"X-Request-ID": ""}, Outcome.WRONG),
        (500, HONEST, Outcome.WRONG),
        (404, HONEST, Outcome.WRONG),
    ],
)
def test_answers_are_judged_by_status_and_headers(
    status: int, headers: dict[str, str], outcome: Outcome
) -> None:
    assert judge_status(answer(status, headers), expected=200) is outcome
