"""`python leash.py SIGNAL PARENT COMMAND ...` becomes the command, which gets the signal if PARENT dies.

So a supervisor that was killed leaves nothing running. Strictly, it is the parent's thread that counts. Linux
only; elsewhere it just becomes the command.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: list[str]) -> None:
    """Put on the leash and run; does not return."""
    number, parent, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    # A script that starts us in the background has interrupts ignored; our children need them to stop.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
        # The parent may have died before it could be told.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
    os.execvp(command[0], command)  # noqa: S606  # the command is the supervisor's, and no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
