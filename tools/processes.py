"""Child processes with a log file each: started, watched, and stopped with everything they started."""

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

from tools.errors import ToolError

LEASH = Path(__file__).with_name("leash.py")
# Airflow waits for the tasks that run; ending them is safe, they are tried again.
STOP_SECONDS = 15.0
LEFTOVER_SECONDS = 5.0
TAIL_LINES = 15


@dataclass(frozen=True)
class Service:
    """One running process; its output goes to `log`."""

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
        """Start a process in a session of its own, so that Ctrl-C reaches the supervisor alone.

        It gets the stop signal when this process dies.
        """
        leash = [sys.executable, str(LEASH), str(int(stop_signal)), str(os.getpid())]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*leash, *map(str, command)],
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(name, process, log, stop_signal)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until the service works; raises ToolError when it ends or does not get there in time."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.raise_if_dead()
            if time.monotonic() > deadline:
                raise ToolError(f"{self.name} was not ready after {seconds:.0f} s.\n{self._tail()}")
            time.sleep(0.1)

    def raise_if_dead(self) -> None:
        """Raise ToolError with the end of the log if the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise ToolError(f"{self.name} ended by itself (exit code {code}).\n{self._tail()}")

    def stop(self) -> None:
        """Ask the process to end and wait for it; then end whatever is left of what it started."""
        family = self._family()
        self.process.send_signal(self.stop_signal)
        psutil.wait_procs(family[:1], timeout=STOP_SECONDS)
        _, left = psutil.wait_procs(family, timeout=0)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, left = psutil.wait_procs(left, timeout=LEFTOVER_SECONDS)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait()

    def _family(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"The last lines of {self.log}:", *(f"    {line}" for line in lines)])
