"""Ctrl-C, pressed when nobody can raise."""

import signal

import pytest

from todo_insights.cli.interrupts import check_for_interrupt


class Careless:
    """Somebody presses Ctrl-C just when this is cleared away."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupt_that_python_drops_is_remembered() -> None:
    with check_for_interrupt() as stop_if_asked:
        stop_if_asked()
        Careless()

        with pytest.raises(KeyboardInterrupt):
            stop_if_asked()


def test_interrupt_is_raised_at_once() -> None:
    with check_for_interrupt(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_what_interrupts_did_before_returns() -> None:
    before = signal.getsignal(signal.SIGINT)

    with check_for_interrupt():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before
