"""Clients of boto3 whose calls are answered here, for what moto does not know or would never say."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from botocore.validate import validate_parameters

from tests.aws import IDENTITY, REGION

Json = dict[str, Any]
Answer = Callable[[Json], Json | None]


class Refused(Exception):
    """Raised by an answer: AWS says no, with this code."""


def answering(service: str, region: str = REGION, **answers: Answer) -> Any:
    """A client that answers these operations; what is asked and answered has to fit the service's model."""
    client = boto3.client(
        service,
        region_name=region,
        aws_access_key_id=IDENTITY["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=IDENTITY["AWS_SECRET_ACCESS_KEY"],
        # Whatever is asked beyond that finds nobody there, at once.
        endpoint_url="http://127.0.0.1:1",
        config=Config(retries={"total_max_attempts": 1}),
    )
    answer(client, **answers)
    return client


def answer(client: Any, **answers: Answer) -> None:
    """Answer these operations of a client; an answer of None lets the call pass."""
    for operation, reply in answers.items():
        _register(client, operation, reply)


def _register(client: Any, operation: str, reply: Answer) -> None:
    name = f"{client.meta.service_model.service_id.hyphenize()}.{operation}"

    def remember(params: Json, context: Json, **_: Any) -> None:
        context["asked"] = dict(params)

    def give(model: Any, context: Json, **_: Any) -> tuple[Any, Json] | None:
        try:
            answered = reply(context["asked"])
        except Refused as error:
            said = {"Code": str(error), "Message": f"{error}, says AWS"}
            return SimpleNamespace(status_code=400), {"Error": said, "ResponseMetadata": {}}
        if answered is None:
            return None
        validate_parameters(answered, model.output_shape)
        return SimpleNamespace(status_code=200), {**answered, "ResponseMetadata": {}}

    client.meta.events.register(f"before-parameter-build.{name}", remember)
    client.meta.events.register(f"before-call.{name}", give)


def instead(client: Callable[[str], Any], **clients: Any) -> Callable[[str], Any]:
    """Clients as before, but these for their services."""
    return lambda service: clients.get(service) or client(service)
