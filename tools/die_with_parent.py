"""`python die_with_parent.py SIGNAL PID COMMAND ...` executes COMMAND; it gets SIGNAL when its parent dies.

PID is the process id of the parent. The signal stops a service when its supervisor is killed. The kernel
sends the signal when the thread that started this process ends, even if other threads of the parent still
run. Only Linux sends the signal.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: list[str]) -> None:
    """Ask the kernel for the signal and execute the command; does not return."""
    signal_number, parent, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    # Shells start background processes with SIGINT ignored; the command needs SIGINT to stop.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
        # The parent may have died before prctl was called.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    os.execvp(command[0], command)  # noqa: S606  # the supervisor chose the command, and it needs no shell


if __name__ == "__main__":
    main(sys.argv[1:])
