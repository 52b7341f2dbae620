"""`python die_with_parent.py SIGNAL PID COMMAND ...`: COMMAND gets SIGNAL when its parent process ends.

PID is the process id of the parent. With this program, a service stops even if its supervisor is killed. The
kernel sends the signal when the thread that started this process ends, even if other threads of the parent
still run. Only the kernel of Linux sends such a signal.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # The option PR_SET_PDEATHSIG of prctl(2).


def main(arguments: list[str]) -> None:
    """Ask the kernel for the signal and replace this process with the command; does not return."""
    signal_number, parent, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    # Shells make background processes ignore SIGINT, but SIGINT must stop the command.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
        # The parent may have ended before prctl was called.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    os.execvp(command[0], command)  # noqa: S606  # the supervisor chose the command, and it needs no shell


if __name__ == "__main__":
    main(sys.argv[1:])
