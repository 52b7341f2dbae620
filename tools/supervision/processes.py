"""Starts, checks and stops child processes and their descendants; each child has its own log file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import psutil

from tools import ToolError

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
# Every descendant of a service inherits this environment variable. Its value contains the ids of the
# supervisor's run and of the service. On Linux and macOS, the variable identifies processes whose parent was
# killed.
MARK = "TODO_TOOLS_SERVICE"
# Airflow changes the titles of its processes with setproctitle. With this variable, setproctitle does not
# overwrite the environment that the operating system shows, so MARK can be read.
KEEP_ENVIRONMENT = {"SPT_NOENV": "1"}
# The default time in seconds for a service to stop. Airflow waits for running tasks before it stops; a task
# that still runs after this time is retried later.
STOP_SECONDS = 15.0
TERMINATE_SECONDS = 5.0
TAIL_LINES = 15


@cache
def run_id() -> str:
    """Return the id of this run, which marks all services that this process starts."""
    return uuid4().hex


@dataclass(frozen=True)
class Service:
    """A running child process; its standard output and errors go to the file `log`."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals
    mark: str

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

        On Linux, the process gets the stop signal when the supervisor ends for any reason.
        """
        wrapper = [sys.executable, str(DIE_WITH_PARENT), str(int(stop_signal)), str(os.getpid())]
        mark = f"{run_id()} {uuid4().hex}"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*wrapper, *map(str, command)],
                env={**env, **KEEP_ENVIRONMENT, MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(name, process, log, stop_signal, mark)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` returns true; raises ToolError if the process ends first or time runs out."""
        deadline = time.monotonic() + seconds
        while not ready():
            if ending := self.ending():
                raise ToolError(f"{self.name} {ending}.\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ToolError(f"{self.name} was not ready after {seconds:.0f} s.\n{self.log_tail()}")
            time.sleep(0.1)

    def require_ready(self, ready: Callable[[], bool], seconds: float) -> "Service":
        """Wait like `wait_until`, and return the service; stops the service if the wait fails."""
        try:
            self.wait_until(ready, seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def ending(self) -> str | None:
        """Return a description of how the process ended, or None while it runs."""
        code = self.process.poll()
        if code is None:
            return None
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        return f"ended unexpectedly ({how})"

    def work_done(self) -> tuple[int, float]:
        """Return the size of the log in bytes, and the CPU seconds of all processes, to detect progress."""
        seconds = 0.0
        for process in self.processes():
            with suppress(psutil.Error):
                seconds += sum(process.cpu_times()[:4])
        return self.log.stat().st_size, seconds

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """Send the stop signal and wait; then terminate the remaining descendants, and finally kill them."""
        stop_services([self], seconds)

    def processes(self) -> list[psutil.Process]:
        """Return the process and its descendants, including descendants whose parent has ended."""
        tree: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            tree = [parent, *parent.children(recursive=True)]
        return [*tree, *(each for each in marked_processes(self.mark) if each not in tree)]

    def log_tail(self) -> str:
        """Return the last lines of the log, for an error message."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join([f"The last lines of {self.log}:", *(f"    {line}" for line in lines)])


def stop_services(services: Sequence[Service], seconds: float = STOP_SECONDS) -> None:
    """Stop services in parallel, with all processes that they started; kill them after these seconds."""
    descendants = [process for service in services for process in service.processes()]
    for service in services:
        service.process.send_signal(service.stop_signal)
    main = [each for each in descendants if each.pid in {service.process.pid for service in services}]
    psutil.wait_procs(main, timeout=seconds)
    end_processes(descendants, min(seconds, TERMINATE_SECONDS))
    for service in services:
        # The remaining processes were started after the list of descendants was made.
        end_processes(marked_processes(service.mark))
        service.process.wait()


def end_processes(processes: Iterable[psutil.Process], seconds: float = TERMINATE_SECONDS) -> None:
    """Terminate processes; kill the processes that still run after these seconds."""
    _, remaining = psutil.wait_procs(list(processes), timeout=0)
    for process in remaining:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, remaining = psutil.wait_procs(remaining, timeout=seconds)
    for process in remaining:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(remaining, timeout=TERMINATE_SECONDS)


def marked_processes(prefix: str) -> list[psutil.Process]:
    """Return the processes whose MARK starts with `prefix`: the id of a run, or the mark of a service."""
    found = []
    for process in psutil.process_iter():
        # The environment of another user's process cannot be read, and an ended process has no environment.
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK, "").startswith(prefix):
                found.append(process)
    return found
