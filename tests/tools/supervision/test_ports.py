"""Ports from environment variables: the error for a used or invalid port names the variable to change."""

import socket
from collections.abc import Iterator

import pytest

from tools import ToolError
from tools.supervision.ports import free_port, is_in_use, port_from_environment


@pytest.fixture
def used_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_used_port_error_names_port_and_variable(used_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", str(used_port))
    with pytest.raises(ToolError, match=rf"Port {used_port} is in use .* AIRFLOW_PORT=\d+$"):
        port_from_environment("AIRFLOW_PORT", 8080)


def test_suggested_port_is_free(used_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(used_port))
    with pytest.raises(ToolError) as refusal:
        port_from_environment("PORT", 8000)
    monkeypatch.setenv("PORT", str(refusal.value).rpartition("=")[2])
    assert not is_in_use(port_from_environment("PORT", 8000))


@pytest.mark.parametrize("invalid", ["0", "65536", "-1", "eighty", "80.5", " 80", "0x50", "\u0663", "8" * 30])
def test_invalid_port_error_names_variable(monkeypatch: pytest.MonkeyPatch, invalid: str) -> None:
    monkeypatch.setenv("PORT", invalid)
    with pytest.raises(ToolError, match=r"PORT=.* is not a port number"):
        port_from_environment("PORT", 8000)


@pytest.mark.parametrize("text", [None, ""])
def test_unset_variable_means_default(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.delenv("PORT", raising=False)
    if text is not None:
        monkeypatch.setenv("PORT", text)
    port = free_port()
    assert port_from_environment("PORT", port) == port


def test_used_default_port_is_an_error(used_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    with pytest.raises(ToolError, match="PORT="):
        port_from_environment("PORT", used_port)
