"""The command line: `python -m cloudformation.deploy check|leftovers dev|prod`."""

import os
import sys
from collections.abc import Callable
from typing import Any

import boto3

from cloudformation.deploy import leftovers, preflight, stack
from cloudformation.errors import EXPECTED_ERRORS, explain
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import stack_name


def main(command: str, environment: str, client: Callable[[str], Any]) -> int:
    """Run `check` before a deployment or `leftovers` after a deletion; return 1 if a check fails."""
    settings = ENVIRONMENTS[environment]
    if command == "leftovers":
        left = list(leftovers.clean_up(client, settings))
        sys.stdout.writelines(f"{line}\n" for line in left or ["Nothing is left."])
        return 0
    certificate = os.environ.get("CERTIFICATE_ARN")
    if certificate is None and os.environ.get("AWS_DEFAULT_REGION"):
        current = stack.parameters(client("cloudformation"), stack_name(settings, "webapp"))
        certificate = current.get("CertificateArn")
    findings = list(preflight.check(client, settings, certificate or ""))
    sys.stdout.writelines(f"{mark:<7} {sentence}\n" for mark, sentence in findings)
    return int(any(mark == "failed" for mark, _ in findings))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1], sys.argv[2], boto3.client))
    except EXPECTED_ERRORS as error:
        sys.exit(explain(error))
