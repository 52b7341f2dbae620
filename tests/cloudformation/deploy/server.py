"""`python -m tests.cloudformation.deploy.server PORT`: a moto server for all resource types of the stacks.

moto can create only a few of these types, and no type of MWAA, Beanstalk or DocumentDB. Therefore the class
StandIn replaces every type except buckets. A StandIn has a physical id and a value for every attribute,
so that the stacks have outputs. The environment variable FAIL is the logical id of a resource whose creation
must fail.
"""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from moto.athena.models import athena_backends
from moto.cloudformation import parsing
from moto.cloudformation.models import Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.elasticbeanstalk.responses import EBResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.s3.models import FakeBucket
from moto.server import main

NAMES = ("Name", "LogGroupName", "EnvironmentName", "DBClusterIdentifier")
REAL = {"AWS::S3::Bucket"}


class StandIn:
    """A resource for any type that moto cannot create: it exists only in its stack, not in a service."""

    def __init__(self, name: str, properties: dict[str, Any]) -> None:
        named = [properties[key] for key in NAMES if isinstance(properties.get(key), str)]
        self.physical_resource_id = named[0] if named else name

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        if attribute_name.endswith("Arn"):
            return f"arn:aws:stand-in:us-east-1:123456789012:{self.physical_resource_id}"
        return f"{attribute_name}.{self.physical_resource_id}".lower()

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **kwargs: Any
    ) -> "StandIn":
        created = cls(resource_name, cloudformation_json["Properties"])
        if kwargs["ResourceType"] == "AWS::Athena::WorkGroup":
            athena_backends[account_id][region_name].create_work_group(
                created.physical_resource_id, {}, "", []
            )
        return created

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Any,
        account_id: str,
        region_name: str,
    ) -> Any:
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> None:
        return None

    def is_created(self) -> bool:
        return True

    def delete(self, account_id: str, region: str) -> None:
        return None


PLATFORM = {
    "PlatformArn": "arn:aws:elasticbeanstalk:us-east-1::platform/Python 3.12/4.9.0",
    "PlatformBranchLifecycleState": "Supported",
    "PlatformVersion": "4.9.0",
    "DateCreated": datetime(2026, 1, 1, tzinfo=UTC),
}


def _update_termination_protection(response: Any) -> ActionResult:
    stack = response.cloudformation_backend.get_stack(response._get_param("StackName"))
    stack.enable_termination_protection = response._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _validate_update(response: Any, *arguments: Any) -> None:
    """Refuse an update without changes, but let such a change set fail after its creation, as AWS does."""
    if response._get_action() != "CreateChangeSet":
        VALIDATE(response, *arguments)


VALIDATE = CloudFormationResponse._validate_different_update


def install() -> None:
    """Replace every resource type that is not in REAL by StandIn, and add the API calls that moto lacks."""
    class_of, name_of = parsing.resource_class_from_type, parsing.resource_name_property_from_type
    parsing.resource_class_from_type = lambda kind: class_of(kind) if kind in REAL else StandIn
    parsing.resource_name_property_from_type = lambda kind: name_of(kind) if kind in REAL else None
    EBResponse.list_platform_versions = lambda self: ActionResult({"PlatformSummaryList": [PLATFORM]})
    EBResponse.describe_platform_version = lambda self: ActionResult({"PlatformDescription": PLATFORM})
    CloudFormationResponse.update_termination_protection = _update_termination_protection
    CloudFormationResponse._validate_different_update = _validate_update
    # moto compares with the parameters of the stack's creation, not with those of its last update.
    Stack.has_parameters = lambda stack, parameters: stack.stack_parameters == parameters
    create_bucket = FakeBucket.create_from_cloudformation_json

    def create_versioned(*args: Any, **kwargs: Any) -> Any:
        """Create a bucket and enable its versioning, because moto ignores VersioningConfiguration."""
        bucket = create_bucket(*args, **kwargs)
        bucket.versioning_status = "Enabled"
        return bucket

    FakeBucket.create_from_cloudformation_json = create_versioned
    FakeBucket.update_from_cloudformation_json = StandIn.update_from_cloudformation_json
    complete = Stack.mark_creation_complete

    def mark(stack: Stack) -> None:
        """Roll back the creation of a stack that contains the resource FAIL, as CloudFormation does."""
        failing = os.environ.get("FAIL", "")
        if failing not in stack.template_dict["Resources"]:
            complete(stack)
            return
        stack.status = "ROLLBACK_COMPLETE"
        stack._add_stack_event("ROLLBACK_IN_PROGRESS", resource_status_reason=f"{failing} cannot be created")
        stack._add_stack_event("ROLLBACK_COMPLETE")

    Stack.mark_creation_complete = mark
    dispatch = DomainDispatcherApplication.__call__

    def answer(server: Any, environ: dict[str, Any], start_response: Any) -> Any:
        """Accept every request for pools to Airflow's REST API, because moto does not imitate this API."""
        if not environ["PATH_INFO"].startswith("/restapi/"):
            return dispatch(server, environ, start_response)
        request = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        names = [pool["name"] for action in request["Body"]["actions"] for pool in action["entities"]]
        response = {"RestApiStatusCode": 200, "RestApiResponse": {"create": {"success": names, "errors": []}}}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(response).encode()]

    DomainDispatcherApplication.__call__ = answer


if __name__ == "__main__":
    install()
    main(["-p", sys.argv[1]])
