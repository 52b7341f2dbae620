"""nginx in front of the API, configured as on an instance: its own answers look like the API's."""

import json
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from tests.conftest import SECRET
from tests.serving import Api, serving
from tools.places import ROOT, DataFolder
from tools.ports import LOOPBACK, free_port, is_taken
from tools.processes import Service
from webapp.app import MAX_BODY_BYTES

CONFIGURATION = ROOT / ".platform" / "nginx"
LOGIN = "/api/v1/auth/login"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin:/usr/local/bin")
# What Beanstalk's own nginx.conf comes to: where it includes ours, and what it says itself.
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
    """Starts nginx in front of this port."""
    shutil.copytree(CONFIGURATION / "conf.d", tmp_path / "conf.d")
    with ExitStack() as stack:

        def starting(upstream: int) -> Api:
            port = free_port()
            path = tmp_path / "nginx.conf"
            path.write_text(PLATFORM.format(loopback=LOOPBACK, port=port, upstream=upstream))
            command = [NGINX, "-p", tmp_path, "-c", path, "-e", "stderr"]
            service = Service.start("nginx", command, {}, tmp_path / "nginx.log")
            stack.callback(service.stop)
            service.wait_until(lambda: is_taken(port), seconds=30)
            return Api(f"http://{LOOPBACK}:{port}")

        yield starting


@pytest.fixture
def proxied(start: Start, shared_api: Api) -> Api:
    return start(_port(shared_api))


def _port(api: Api) -> int:
    return int(api.url.rpartition(":")[2])


def _post(api: Api, size: int, **headers: str) -> requests.Response:
    return requests.post(api.url + LOGIN, data=b"x" * size, headers=headers, timeout=30)


def _told(answer: requests.Response) -> dict[str, Any]:
    """The answer without what differs from one request to the next."""
    told = dict(answer.json())
    assert told.pop("request_id") == answer.headers["X-Request-ID"]
    return {**told, "type of content": answer.headers["Content-Type"], "code": answer.status_code}


def test_limits_of_nginx_and_api_agree() -> None:
    settings = (CONFIGURATION / "conf.d" / "api.conf").read_text()
    (limit,) = re.findall(r"^client_max_body_size (\d+)m;$", settings, re.MULTILINE)

    assert int(limit) * 1024 * 1024 == MAX_BODY_BYTES


@needs_nginx
def test_large_body_is_refused_as_the_api_does(proxied: Api, shared_api: Api) -> None:
    assert _told(_post(proxied, MAX_BODY_BYTES + 1)) == _told(_post(shared_api, MAX_BODY_BYTES + 1))


@needs_nginx
def test_body_within_the_limit_reaches_the_api(proxied: Api, shared_api: Api) -> None:
    assert _told(_post(proxied, MAX_BODY_BYTES)) == _told(_post(shared_api, MAX_BODY_BYTES))


@needs_nginx
def test_problems_of_the_api_pass_unchanged(proxied: Api, shared_api: Api) -> None:
    path = "/api/v1/tasks/nothing-here"
    assert _told(proxied.send("GET", path)) == _told(shared_api.send("GET", path))


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
def test_forged_addresses_are_not_believed(start: Start, data_folder: DataFolder, mongodb_uri: str) -> None:
    one_each = {"TRUSTED_PROXIES": "2", "WEB_CONCURRENCY": "1", "RATE_LIMIT_ADDRESS": "1/minute"}
    with serving(data_folder, mongodb_uri, JWT_SECRET_KEY=SECRET, **one_each) as api:
        proxied = start(_port(api))

        def ask(forwarded: str) -> int:
            """As the load balancer does: it adds the address that it saw to what the client claims."""
            return proxied.send("GET", "/api/v1/tasks", X_Forwarded_For=forwarded).status_code

        seen = [ask("203.0.113.7"), ask("198.51.100.9, 203.0.113.7"), ask("203.0.113.8")]

    assert seen == [401, 429, 401]


@needs_nginx
def test_missing_api_is_a_problem_too(start: Start) -> None:
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
def test_odd_path_leaves_the_problem_readable(target: str, start: Start) -> None:
    api = start(free_port())
    with socket.create_connection((LOOPBACK, _port(api)), timeout=30) as connection:
        connection.sendall(f'GET {target} HTTP/1.1\r\nHost: a\r\nX-Request-ID: "a\\b" {{}}\r\n'.encode())
        connection.sendall(b"Connection: close\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b'"status": 502' in received
    assert json.loads(received.partition(b"\r\n\r\n")[2])["instance"][0] == "/"
