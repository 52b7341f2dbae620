"""Starts, checks and stops child processes; each writes to a log file of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tools import ToolError

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
# Airflow waits for running tasks before it stops. Tasks that are stopped after this time are retried later.
STOP_SECONDS = 15.0
TERMINATE_SECONDS = 5.0
TAIL_LINES = 15


@dataclass(frozen=True)
class Service:
    """A running process; its standard output and errors go to the file `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[object],
        env: Mapping[str, str],
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> "Service":
        """Start a process in a new session, so that Ctrl-C reaches only the supervisor.

        The process gets the stop signal when the supervisor dies.
        """
        wrapper = [sys.executable, str(DIE_WITH_PARENT), str(int(stop_signal)), str(os.getpid())]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*wrapper, *map(str, command)],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(name, process, log, stop_signal)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` returns true; raises ToolError if the process ends first or time runs out."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.raise_if_dead()
            if time.monotonic() > deadline:
                raise ToolError(f"{self.name} was not ready after {seconds:.0f} s.\n{self._log_tail()}")
            time.sleep(0.1)

    def raise_if_dead(self) -> None:
        """Raise ToolError with the end of the log if the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise ToolError(f"{self.name} ended unexpectedly (exit status {code}).\n{self._log_tail()}")

    def stop(self) -> None:
        """Send the stop signal and wait; then terminate, and finally kill, the rest of its process tree."""
        tree = self._process_tree()
        self.process.send_signal(self.stop_signal)
        psutil.wait_procs(tree[:1], timeout=STOP_SECONDS)
        _, remaining = psutil.wait_procs(tree, timeout=0)
        for process in remaining:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, remaining = psutil.wait_procs(remaining, timeout=TERMINATE_SECONDS)
        for process in remaining:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def _process_tree(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"The last lines of {self.log}:", *(f"    {line}" for line in lines)])
