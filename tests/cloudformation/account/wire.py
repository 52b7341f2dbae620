"""Real clients of boto3 whose last step, the network, is replaced.

Arguments, paginators, waiters and exceptions are botocore's own: a `before-call` handler answers in place of
the service (https://docs.aws.amazon.com/boto3/latest/guide/events.html). Retries lie below that, so a refusal
reaches the caller at once, as it does after botocore has given up.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import boto3
from botocore import xform_name
from botocore.validate import ParamValidator

from tests.cloudformation.account.errors import Refused
from tests.cloudformation.account.expressions import REGION
from tests.cloudformation.rules import Json

Answer = Callable[[str, Json], Json]


@cache
def session() -> Any:
    """Return a session of boto3 with made-up credentials.

    One for all: reading the description of a service takes longer than anything else here.
    """
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.Session(region_name=REGION, **keys)


def connect(service: str, answer: Answer) -> Any:
    """Return a client of a service whose calls are answered by `answer(operation, parameters)`.

    An answer that does not have the shape which the service describes fails the test that asked for it.
    """
    client = session().client(service)
    identity = client.meta.service_model.service_id.hyphenize()

    def keep(params: Json, context: Json, **_: Any) -> None:
        context["asked"] = params

    def respond(model: Any, context: Json, **_: Any) -> tuple[Any, Json]:
        asked = {key: value for key, value in deepcopy(context["asked"]).items() if value is not None}
        try:
            parsed = deepcopy(answer(xform_name(model.name), asked))
        except Refused as refusal:
            return _refusal(refusal)
        if model.output_shape is not None:
            report = ParamValidator().validate(parsed, model.output_shape)
            assert not report.has_errors(), f"{model.name} answered {report.generate_report()}"
        return _http(HTTPStatus.OK), {**parsed, "ResponseMetadata": {"HTTPStatusCode": HTTPStatus.OK}}

    client.meta.events.register(f"before-parameter-build.{identity}", keep)
    client.meta.events.register(f"before-call.{identity}", respond)
    return client


def page(items: list[Json], token: str | None, size: int) -> tuple[list[Json], Json]:
    """Return one page of `items` and, if there are more, the NextToken that leads to them."""
    if token is not None and not token.isdecimal():
        raise Refused(f"Invalid NextToken {json.dumps(token)}")
    begin = int(token or 0)
    end = begin + size
    return items[begin:end], {"NextToken": str(end)} if end < len(items) else {}


def _refusal(refusal: Refused) -> tuple[Any, Json]:
    error = {"Type": "Sender", "Code": refusal.code, "Message": str(refusal)}
    metadata = {"HTTPStatusCode": HTTPStatus.BAD_REQUEST, "RetryAttempts": 0}
    return _http(HTTPStatus.BAD_REQUEST), {"Error": error, "ResponseMetadata": metadata}


def _http(status: HTTPStatus) -> Any:
    return SimpleNamespace(status_code=int(status))
