"""Ports: a taken or impossible one is an error that says what to change."""

import socket
from collections.abc import Iterator

import pytest

from tools.errors import ToolError
from tools.ports import chosen_port, free_port, is_taken


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_error_names_port_and_variable(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_PORT", str(taken))
    with pytest.raises(ToolError, match=rf"Port {taken} is taken .* AIRFLOW_PORT=\d+$"):
        chosen_port("AIRFLOW_PORT", 8080)


def test_suggested_port_can_be_used(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken))
    with pytest.raises(ToolError) as refusal:
        chosen_port("PORT", 8000)
    monkeypatch.setenv("PORT", str(refusal.value).rpartition("=")[2])
    assert not is_taken(chosen_port("PORT", 8000))


@pytest.mark.parametrize(
    "nonsense", ["0", "65536", "-1", "eighty", "80.5", " 80", "0x50", "\u0663", "8" * 30]
)
def test_nonsense_port_names_its_variable(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv("PORT", nonsense)
    with pytest.raises(ToolError, match=r"PORT=.* is not a port"):
        chosen_port("PORT", 8000)


@pytest.mark.parametrize("text", [None, ""])
def test_unset_variable_means_default(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.delenv("PORT", raising=False)
    if text is not None:
        monkeypatch.setenv("PORT", text)
    port = free_port()
    assert chosen_port("PORT", port) == port


def test_taken_default_is_an_error_too(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    with pytest.raises(ToolError, match="PORT="):
        chosen_port("PORT", taken)
