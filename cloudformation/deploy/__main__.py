"""The command line: `python -m cloudformation.deploy check|leftovers dev|prod`."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

import boto3

from cloudformation.deploy import leftovers, preflight
from cloudformation.errors import EXPECTED_ERRORS, explain
from cloudformation.settings import ENVIRONMENTS


def main(command: str, environment: str, client: Callable[[str], Any]) -> int:
    """Run `check` before a deployment or `leftovers` after a deletion; return 1 if a check fails."""
    settings = ENVIRONMENTS[environment]
    if command == "leftovers":
        left = list(leftovers.clean_up(client, settings))
        sys.stdout.writelines(f"{line}\n" for line in left or ["Nothing is left."])
        return 0
    findings = list(preflight.check(client, settings))
    sys.stdout.writelines(f"{mark:<7} {sentence}\n" for mark, sentence in findings)
    return int(any(mark == "failed" for mark, _ in findings))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m cloudformation.deploy")
    parser.add_argument("command", choices=("check", "leftovers"))
    parser.add_argument("environment", choices=ENVIRONMENTS)
    arguments = parser.parse_args()
    try:
        sys.exit(main(arguments.command, arguments.environment, boto3.client))
    except EXPECTED_ERRORS as error:
        sys.exit(explain(error))
    except KeyboardInterrupt:
        sys.exit(130)  # the status of a program that SIGINT ends
