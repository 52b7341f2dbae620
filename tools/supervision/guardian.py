"""`python -m tools.supervision.guardian RUN SECONDS`: ends a run's services when the supervisor is killed.

The standard input of this process is a pipe from the supervisor, which closes when the supervisor ends for
any reason.
"""

import signal
import subprocess
import sys
import time

from tools.data_folder import ROOT
from tools.supervision.processes import end_processes, marked_processes, run_id


def start(stop_seconds: float) -> subprocess.Popen[bytes]:
    """Start the guardian of this process in a new session; Ctrl-C and a closed terminal do not end it.

    Services may take `stop_seconds` to stop.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "tools.supervision.guardian", run_id(), str(stop_seconds)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def main(run: str, stop_seconds: float) -> None:
    """Wait until the supervisor ends, give the services time to stop, and kill the remaining services."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    deadline = time.monotonic() + stop_seconds
    # On Linux, the kernel has sent stop signals to the services, so they get time to stop. On other systems,
    # the services have received no signal, so they get SIGTERM at once.
    while marked_processes(run) and time.monotonic() < deadline and sys.platform == "linux":
        time.sleep(0.2)
    while remaining := marked_processes(run):
        end_processes(remaining)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
