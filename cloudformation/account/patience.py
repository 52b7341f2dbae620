"""Calls that AWS turns down for being too many are made again."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

# As CloudFormation and the services before it spell it.
THROTTLED = {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}
PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)


class Patient:
    """A client of boto3 that waits for minutes where botocore's own retries give up after seconds.

    https://docs.aws.amazon.com/boto3/latest/guide/retries.html

    Seven stacks are asked about at once, and others use the account, too: an hour's deployment must not end
    because of one second.
    """

    def __init__(self, client: Any, sleep: Callable[[float], None]) -> None:
        self._client, self._sleep = client, sleep

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        call = getattr(self._client, operation)

        def patiently(**arguments: Any) -> Any:
            for pause in PAUSES:
                try:
                    return call(**arguments)
                except ClientError as error:
                    if error.response["Error"]["Code"] not in THROTTLED:
                        raise
                self._sleep(pause)
            return call(**arguments)

        return patiently
