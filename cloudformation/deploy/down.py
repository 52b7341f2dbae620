"""Stacks down: those that nobody needs any more first."""

from cloudformation.account.buckets import empty_bucket
from cloudformation.account.protection import lift_protection
from cloudformation.account.stack import Environment, Stack
from cloudformation.deploy import order
from cloudformation.errors import DeployError

# Access logs of a bucket that is being emptied may still arrive in another.
ATTEMPTS = 3


def destroy(environment: Environment) -> None:
    """Delete every stack and what it holds, for good; raise DeployError naming what does not go."""
    graph = order.reverse(order.needs(environment.templates))
    order.run_parallel(graph, lambda title: _destroy(Stack(environment, title)), environment.stop)


def _destroy(stack: Stack) -> None:
    if not (found := stack.settled()):
        return stack.log("is not there")
    if found.get("EnableTerminationProtection"):
        stack.cfn.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
    for attempt in range(1, ATTEMPTS + 1):
        for resource in stack.resources():
            _release(stack, resource["ResourceType"], resource.get("PhysicalResourceId", ""))
        try:
            return stack.delete(found["StackId"])
        except DeployError:
            if attempt == ATTEMPTS:
                raise
            stack.log("tries again")


def _release(stack: Stack, kind: str, name: str) -> None:
    """Take away what keeps a resource from being deleted."""
    client, pause = stack.environment.client, stack.environment.pause
    if kind == "AWS::S3::Bucket" and name:
        count = empty_bucket(client("s3"), name, lambda gone: None, pause)
        stack.log(f"{name} emptied of {count} versions and uploads")
    elif kind == "AWS::DocDB::DBCluster" and name:
        lift_protection(client("docdb"), name, pause)
