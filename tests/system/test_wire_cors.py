"""The CORS headers of responses to requests that the server refuses before the application sees them."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.conftest import SECRET
from tests.serving import Api, serving
from tests.system.test_wire import HOST, LOGIN, assert_problem, exchange
from tools.data_folder import DataFolder
from webapp.core.sizes import MAX_BODY_BYTES

LISTED = "https://app.example"
FIELD = f"Origin: {LISTED}\r\n".encode()
START = b"GET /health HTTP/1.1\r\n" + HOST
REFUSED = {
    "bad field": (START + FIELD + b"X A: a\r\n\r\n", 400),
    "cut off": (START + FIELD, 400),
    "large body": (LOGIN + FIELD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1), 413),
    "large chunk": (LOGIN + FIELD + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", 413),
    "long line": (b"GET /" + b"a" * 8190 + b" HTTP/1.1\r\n" + HOST + FIELD + b"\r\n", 414),
    "large field": (START + FIELD + b"X-A: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "large head": (START + FIELD + (b"X-A: " + b"a" * 7000 + b"\r\n") * 12 + b"\r\n", 431),
}


@pytest.fixture(scope="module")
def api(data_folder: DataFolder, mongodb_uri: str) -> Iterator[Api]:
    named = {"MONGODB_DATABASE": f"cors_{uuid4().hex}", "JWT_SECRET_KEY": SECRET, "CORS_ORIGINS": LISTED}
    with serving(data_folder, mongodb_uri, **named) as served:
        yield served


@pytest.mark.parametrize("name", REFUSED)
def test_scripts_of_listed_origins_can_read_refusals(name: str, api: Api) -> None:
    sent, status = REFUSED[name]
    answer = exchange(api, sent, half_close=name == "cut off")
    assert_problem(answer, status)
    assert answer[1]["Vary"] == "Origin"
    if name == "long line":
        # The server refuses the request line before it reads the header fields.
        return
    assert answer[1]["Access-Control-Allow-Origin"] == LISTED
    assert "X-Request-ID" in answer[1]["Access-Control-Expose-Headers"].split(", ")


def test_scripts_of_other_origins_cannot(api: Api) -> None:
    for origin in (
        b"",
        b"Origin: https://app.example.evil.example\r\n",
        b"X-Origin: " + LISTED.encode() + b"\r\n",
    ):
        answer = exchange(api, START + origin + b"X A: a\r\n\r\n")
        assert_problem(answer, 400)
        assert answer[1]["Vary"] == "Origin"
        assert "Access-Control-Allow-Origin" not in answer[1]
