"""nginx in front of the API, configured as on an EC2 instance: errors of nginx have the format of the API."""

import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.conftest import SECRET
from tests.serving import Api, serving
from tests.system.test_wire import HOST, exchange
from tools.data_folder import ROOT, DataFolder
from tools.supervision.ports import LOOPBACK, free_port, is_in_use
from tools.supervision.processes import Service
from webapp.core.sizes import MAX_BODY_BYTES

CONFIGURATION = ROOT / ".platform" / "nginx"
LOGIN = "/api/v1/auth/login"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin:/usr/local/bin")
# The relevant parts of Elastic Beanstalk's nginx.conf, which includes this repository's files.
# https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/platforms-linux-extend.proxy.html
PLATFORM = """
user root; daemon off; pid nginx.pid; error_log error.log warn; worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    default_type application/octet-stream;
    include conf.d/*.conf;
    map $http_upgrade $connection_upgrade {{ default "upgrade"; }}
    server {{
        listen {loopback}:{port} default_server;
        client_header_timeout 60; client_body_timeout 60; keepalive_timeout 60; gzip off;
        include conf.d/elasticbeanstalk/*.conf;
        location / {{
            proxy_pass http://{loopback}:{upstream};
            proxy_http_version 1.1;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""
Start = Callable[[int], Api]
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (apt-get install nginx-light)")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts nginx in front of the API on a given port."""
    shutil.copytree(CONFIGURATION / "conf.d", tmp_path / "conf.d")
    with ExitStack() as stack:

        def starting(upstream: int) -> Api:
            port = free_port()
            path = tmp_path / "nginx.conf"
            path.write_text(PLATFORM.format(loopback=LOOPBACK, port=port, upstream=upstream))
            command = [NGINX, "-p", tmp_path, "-c", path, "-e", "stderr"]
            service = Service.start("nginx", command, {}, tmp_path / "nginx.log")
            stack.callback(service.stop)
            service.wait_until(lambda: is_in_use(port), seconds=30)
            return Api(f"http://{LOOPBACK}:{port}")

        yield starting


@pytest.fixture
def proxied(start: Start, shared_api: Api) -> Api:
    return start(_port(shared_api))


def _port(api: Api) -> int:
    return int(api.url.rpartition(":")[2])


def _post(api: Api, size: int, **headers: str) -> requests.Response:
    return requests.post(api.url + LOGIN, data=b"x" * size, headers=headers, timeout=30)


def _comparable(answer: requests.Response) -> dict[str, Any]:
    """Return the response without its request id, which differs between requests."""
    problem = dict(answer.json())
    assert problem.pop("request_id") == answer.headers["X-Request-ID"]
    return {**problem, "type of content": answer.headers["Content-Type"], "code": answer.status_code}


def test_limits_of_nginx_and_api_agree() -> None:
    settings = (CONFIGURATION / "conf.d" / "api.conf").read_text()
    (limit,) = re.findall(r"^client_max_body_size (\d+)m;$", settings, re.MULTILINE)

    assert int(limit) * 1024 * 1024 == MAX_BODY_BYTES


@needs_nginx
def test_large_body_gets_the_error_of_the_api(proxied: Api, shared_api: Api) -> None:
    assert _comparable(_post(proxied, MAX_BODY_BYTES + 1)) == _comparable(
        _post(shared_api, MAX_BODY_BYTES + 1)
    )


@needs_nginx
def test_body_of_maximum_size_reaches_api(proxied: Api, shared_api: Api) -> None:
    assert _comparable(_post(proxied, MAX_BODY_BYTES)) == _comparable(_post(shared_api, MAX_BODY_BYTES))


@needs_nginx
def test_errors_of_api_are_unchanged(proxied: Api, shared_api: Api) -> None:
    path = "/api/v1/tasks/nothing-here"
    assert _comparable(proxied.send("GET", path)) == _comparable(shared_api.send("GET", path))


@needs_nginx
@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_tag_of_compressed_task_allows_a_write(proxied: Api, coding: str) -> None:
    _, ada = proxied.sign_up(f"{uuid4()}@example.com")
    task = ada.send("POST", "/api/v1/tasks", {"title": "a", "description": "Water the plants. " * 270}).json()
    path = f"/api/v1/tasks/{task['id']}"
    read = ada.send("GET", path, Accept_Encoding=coding)
    assert (read.headers["Content-Encoding"], read.headers["ETag"]) == (coding, '"1"')
    assert int(read.headers["Content-Length"]) < 1024
    changed = ada.send("PATCH", path, {"title": "b"}, If_Match=read.headers["ETag"], Accept_Encoding=coding)
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    current = {"If_None_Match": changed.headers["ETag"], "Accept_Encoding": coding}
    assert ada.send("GET", path, **current).status_code == 304


@needs_nginx
def test_documents_pass_compressed_and_revalidated(proxied: Api, shared_api: Api) -> None:
    for path in ("/openapi.json", "/docs/swagger-ui-bundle.js"):
        direct, found = (api.send("GET", path, Accept_Encoding="gzip") for api in (shared_api, proxied))
        names = ("Content-Encoding", "Content-Length", "ETag", "Cache-Control", "Vary")
        assert [found.headers[name] for name in names] == [direct.headers[name] for name in names]
        again = proxied.send("GET", path, Accept_Encoding="gzip", If_None_Match=found.headers["ETag"])
        assert (again.status_code, again.content) == (304, b"")


@needs_nginx
def test_forged_addresses_are_ignored(start: Start, data_folder: DataFolder, mongodb_uri: str) -> None:
    one_each = {"TRUSTED_PROXIES": "2", "WEB_CONCURRENCY": "1", "RATE_LIMIT_ADDRESS": "1/minute"}
    with serving(data_folder, mongodb_uri, JWT_SECRET_KEY=SECRET, **one_each) as api:
        proxied = start(_port(api))

        def ask(forwarded: str) -> int:
            """Send a request with X-Forwarded-For; its last address is the one that a load balancer adds."""
            return proxied.send("GET", "/api/v1/tasks", X_Forwarded_For=forwarded).status_code

        seen = [ask("203.0.113.7"), ask("198.51.100.9, 203.0.113.7"), ask("203.0.113.8")]

    assert seen == [401, 429, 401]


@needs_nginx
def test_missing_api_is_a_502_problem(start: Start) -> None:
    answer = start(free_port()).send("GET", "/api/v1/tasks?limit=1", X_Request_ID="my-request-1")

    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Gateway",
        "status": 502,
        "detail": "The service is starting; try again shortly.",
        "instance": "/api/v1/tasks",
        "request_id": "my-request-1",
    }
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "application/problem+json")
    assert (answer.headers["Retry-After"], answer.headers["Server"]) == ("5", "nginx")


@needs_nginx
@pytest.mark.parametrize("target", ['/a"b', "/a\\b", "/%22", '/?q="'])
def test_special_characters_in_path_keep_json_valid(target: str, start: Start) -> None:
    api = start(free_port())
    with socket.create_connection((LOOPBACK, _port(api)), timeout=30) as connection:
        connection.sendall(f'GET {target} HTTP/1.1\r\nHost: a\r\nX-Request-ID: "a\\b" {{}}\r\n'.encode())
        connection.sendall(b"Connection: close\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b'"status": 502' in received
    assert json.loads(received.partition(b"\r\n\r\n")[2])["instance"][0] == "/"


@needs_nginx
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET /health HTTP/9.9\r\n\r\n", 505),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 9_000 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (
            b"POST " + LOGIN.encode() + b" HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            400,
        ),
        (b"POST " + LOGIN.encode() + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 9999999\r\n\r\n", 413),
        (b"GET /.problem HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_nginx_and_api_refuse_with_equal_problems(
    sent: bytes, status: int, proxied: Api, shared_api: Api
) -> None:
    problems = []
    for api in (proxied, shared_api):
        found, headers, body = exchange(api, sent)
        assert (found, headers["Content-Type"]) == (status, "application/problem+json")
        problems.append({name: json.loads(body)[name] for name in ("type", "title", "status", "detail")})
    assert problems[0] == problems[1]


@needs_nginx
def test_half_closed_body_behind_nginx_changes_nothing(proxied: Api) -> None:
    _, ada = proxied.sign_up("half-closed@example.com")
    fields = b"Content-Type: application/json\r\nAuthorization: Bearer " + ada.token.encode() + b"\r\n"
    head = b"POST /api/v1/tasks HTTP/1.1\r\n" + HOST + fields
    with suppress(OSError, IndexError, ValueError):
        assert (
            exchange(proxied, head + b'Content-Length: 500\r\n\r\n{"title": "Half"}', half_close=True)[0]
            >= 400
        )
    assert ada.send("GET", "/api/v1/tasks").json()["items"] == []
