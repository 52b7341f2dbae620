"""Ctrl-C stops the program even during code that cannot raise exceptions, such as a destructor."""

import signal

import pytest

from todo_insights.cli.interrupts import check_for_interrupt


class InterruptedOnDelete:
    """An object whose destructor simulates Ctrl-C."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_interrupt_that_python_ignores_is_raised_later() -> None:
    with check_for_interrupt() as stop_if_asked:
        stop_if_asked()
        InterruptedOnDelete()

        with pytest.raises(KeyboardInterrupt):
            stop_if_asked()


def test_interrupt_is_raised_at_once() -> None:
    with check_for_interrupt(), pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_previous_interrupt_handler_is_restored() -> None:
    before = signal.getsignal(signal.SIGINT)

    with check_for_interrupt():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before
