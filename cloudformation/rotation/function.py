"""The Lambda function that creates the users of the database and rotates their passwords.

Secrets Manager calls the function for each of the four steps of a rotation. CloudFormation calls the
function to create the users, and again when the code of the function or the list of secrets changes.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

The API and the pipeline have two users each, such as todo_api and todo_api_clone. A rotation gives a new
password to the user that the secret does not contain, and then puts this user into the secret. So the
other user, which clients may still use, stays valid until the next rotation. The master user, which only this
function uses, changes its own password.
"""

import json
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pymongo.errors import PyMongoError
from urllib3.exceptions import HTTPError

from cloudformation.rotation import users

logger = logging.getLogger(__name__)

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
# The timeouts of a call to AWS. They are shorter than the timeout of the Lambda function, so that the
# function can still log why a call failed.
AWS_CONFIG = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 2})
ANSWER_SECONDS = 10
# The maximum length of an error message. CloudFormation accepts an answer of at most 4096 bytes, and an error
# of pymongo lists every server.
REASON_LENGTH = 1000


def handle(event: Mapping[str, Any], _context: object) -> None:
    """Execute one step of a rotation for Secrets Manager, or create the database users for CloudFormation.

    A step of a rotation raises the error of AWS or the database; Secrets Manager repeats the rotation later.
    """
    if "RequestType" in event:
        _answer(event, _failure(event))
    else:
        STEPS[event["Step"]](Rotation(event["SecretId"], event["ClientRequestToken"]))
        logger.info("%s of %s succeeded", event["Step"], event["SecretId"])


class Rotation:
    """The rotation of one secret; `token` is the id of its new version."""

    def __init__(self, arn: str, token: str) -> None:
        self.arn = arn
        self.token = token
        self.is_master = arn == os.environ["MASTER_SECRET_ARN"]
        self._manager = _manager()

    def create(self) -> None:
        """Store a new version of the secret with the next login, unless an earlier attempt has stored it."""
        try:
            self._pending()
        except self._manager.exceptions.ResourceNotFoundException:
            pending = _read(self.arn) | {"password": secrets.token_hex(32)}
            if not self.is_master:
                pending[users.user_field(pending)] = users.other_user(users.user_of(pending))
            self._manager.put_secret_value(
                SecretId=self.arn,
                ClientRequestToken=self.token,
                SecretString=json.dumps(pending),
                VersionStages=[PENDING],
            )

    def set(self) -> None:
        """Set the new password of the user in the database."""
        if self.is_master:
            users.change_password(_read(self.arn), self._pending())
        else:
            users.write_user(_read(os.environ["MASTER_SECRET_ARN"]), self._pending())

    def test(self) -> None:
        """Check that the database accepts the new login."""
        users.check_login(self._pending())

    def finish(self) -> None:
        """Make the new version current; Secrets Manager then marks the former version as previous."""
        versions = self._manager.describe_secret(SecretId=self.arn)["VersionIdsToStages"]
        (current,) = [version for version, stages in versions.items() if CURRENT in stages]
        if current != self.token:
            self._manager.update_secret_version_stage(
                SecretId=self.arn,
                VersionStage=CURRENT,
                MoveToVersionId=self.token,
                RemoveFromVersionId=current,
            )

    def _pending(self) -> dict[str, Any]:
        return _read(self.arn, PENDING, VersionId=self.token)


STEPS: Mapping[str, Callable[[Rotation], None]] = {
    "createSecret": Rotation.create,
    "setSecret": Rotation.set,
    "testSecret": Rotation.test,
    "finishSecret": Rotation.finish,
}


def _failure(event: Mapping[str, Any]) -> str:
    """Create the database users of the secrets that a CloudFormation resource lists.

    Returns the reason if this fails, otherwise an empty text.
    """
    if event["RequestType"] == "Delete":
        return ""
    try:
        master = _read(os.environ["MASTER_SECRET_ARN"])
        for arn in event["ResourceProperties"]["SecretArns"]:
            users.write_user(master, _read(arn))
    except (BotoCoreError, ClientError, PyMongoError, users.UnknownUser) as error:
        logger.exception("the users of the database cannot be created")
        return f"{type(error).__name__}: {error}"[:REASON_LENGTH]
    return ""


def _answer(event: Mapping[str, Any], failure: str) -> None:
    """Send the result to CloudFormation; raises HTTPError if this fails, and Lambda then tries again."""
    result = {
        "Status": "FAILED" if failure else "SUCCESS",
        "Reason": failure,
        "PhysicalResourceId": event.get("PhysicalResourceId", event["LogicalResourceId"]),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    answer = urllib3.PoolManager().request(
        "PUT", event["ResponseURL"], body=json.dumps(result).encode(), timeout=ANSWER_SECONDS
    )
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise HTTPError(f"CloudFormation did not accept the result: status {answer.status}")


def _read(arn: str, stage: str = CURRENT, **version: str) -> dict[str, Any]:
    """Return the content of a secret."""
    found = _manager().get_secret_value(SecretId=arn, VersionStage=stage, **version)
    content: dict[str, Any] = json.loads(found["SecretString"])
    return content


def _manager() -> Any:
    return boto3.client("secretsmanager", config=AWS_CONFIG)
