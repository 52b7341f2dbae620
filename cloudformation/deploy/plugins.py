"""The hooks and resolvers for Sceptre, which pyproject.toml registers as entry points.

https://docs.sceptre-project.org/latest/docs/hooks.html
https://docs.sceptre-project.org/latest/docs/resolvers.html
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from sceptre.exceptions import SceptreException
from sceptre.hooks import Hook
from sceptre.plan.actions import StackActions
from sceptre.resolvers import Resolver
from sceptre.stack_status import StackStatus

from cloudformation.artefacts import contents, storage
from cloudformation.deploy import change_set, choices, deletion, finish, preflight
from cloudformation.deploy import stack as stacks
from cloudformation.errors import EXPECTED_ERRORS, DeployError, explain
from cloudformation.settings import ENVIRONMENTS
from cloudformation.stacks import stack_name
from cloudformation.views.stack import statements

# No stack can exist without this stack: it is created first and deleted last.
FIRST = "foundation"


class Target:
    """The stack of a hook or resolver, with its settings and boto3 clients for its account."""

    def __init__(self, plugin: Hook | Resolver) -> None:
        self.stack, self.logger, self.argument = plugin.stack, plugin.logger, str(plugin.argument)
        self.title: str = self.stack.sceptre_user_data["stack"]
        self.settings = ENVIRONMENTS[self.stack.sceptre_user_data["environment"]]
        self.name = stack_name(self.settings, self.title)
        self.session = self.stack.connection_manager.get_session()
        self.client: Callable[[str], Any] = self.session.client
        self.cfn = self.client("cloudformation")

    def outputs(self, title: str) -> dict[str, str]:
        """Return the outputs of a stack of the same environment."""
        return stacks.values(self.cfn, stack_name(self.settings, title), "Output")

    def artefact_bucket(self) -> str:
        """Return the name of the bucket; raises DeployError if it does not exist."""
        if bucket := self.outputs(FIRST).get("ArtefactBucketName"):
            return bucket
        raise DeployError(f"The artefact bucket does not exist; deploy the stack {FIRST} first.")

    def current(self, parameter: str) -> str:
        """Return the value of a parameter of the deployed stack, or an empty text."""
        return stacks.values(self.cfn, self.name, "Parameter").get(parameter, "")

    def change_set(self) -> change_set.ChangeSet | None:
        """Create a change set; in prod, an alarm of the API rolls back its execution."""
        guarded = self.settings.final_snapshot and self.title != "monitoring"
        watched = guarded and not os.environ.get("DESPITE_ALARMS")
        alarms = self.outputs("monitoring").get("RollbackAlarmArns", "") if watched else ""
        return change_set.create(self.cfn, self.stack, alarms)


def _plugin(base: type, method: str, function: Callable[[Target], Any]) -> type:
    """Return a plugin class whose method calls the function; Sceptre prints errors without a traceback."""

    def call(plugin: Hook | Resolver) -> Any:
        try:
            return function(Target(plugin))
        except EXPECTED_ERRORS as error:
            raise SceptreException(explain(error)) from error

    return type(function.__name__, (base,), {method: call, "__doc__": function.__doc__})


def hook(act: Callable[[Target], Iterator[str]]) -> type:
    """Return a hook class that calls the function and logs each line that the function yields."""

    @wraps(act)
    def run(target: Target) -> None:
        for line in act(target):
            target.logger.info(line)

    return _plugin(Hook, "run", run)


def resolver(value: Callable[[Target], str]) -> type:
    """Return a resolver class that calls the function for the value of a parameter."""
    return _plugin(Resolver, "resolve", value)


@hook
def check(target: Target) -> Iterator[str]:
    """End the command if a check fails or another operation on the stack is in progress."""
    if target.title == FIRST:
        findings = [*preflight.check(target.client, target.settings)]
        yield from (f"{mark:<7} {sentence}" for mark, sentence in findings)
        if "failed" in dict(findings):
            raise DeployError("Nothing was changed. Correct what the lines with `failed` say, and try again.")
    stacks.require_idle(target.cfn, target.name)


@hook
def upload_artefacts(target: Target) -> Iterator[str]:
    """Upload the files that the stack reads: a bundle, or DAGs, requirements and the Spark job."""
    if target.title in ("airflow", "data", "webapp"):
        yield from storage.upload(target.client("s3"), target.artefact_bucket(), target.title)


@hook
def execute_change_set(target: Target) -> Iterator[str]:
    """Inspect and execute the changes of an update, so that Sceptre's own update has nothing to do."""
    if changes := target.change_set():
        yield from changes.lines()
        if not os.environ.get("ALLOW_REPLACE"):
            change_set.refuse_loss_of_data(target.cfn, target.name, changes)
        if StackActions(target.stack).execute_change_set(changes.arn) != StackStatus.COMPLETE:
            raise DeployError(f"The update of {target.name} failed. {stacks.cause(target.cfn, target.name)}")
        yield f"{target.name} is updated by a change set"


@hook
def show_change_set(target: Target) -> Iterator[str]:
    """Show which resources an update would change, replace and remove."""
    if stacks.has_resources(target.cfn, target.name) and (changes := target.change_set()):
        target.cfn.delete_change_set(ChangeSetName=changes.arn)
        yield from changes.lines()
        if changes.data_at_risk:
            yield f"would be refused without ALLOW_REPLACE=1: {', '.join(changes.data_at_risk)}"


@hook
def finish_stack(target: Target) -> Iterator[str]:
    """End the command if the stack failed; else protect it in prod, and create views and Airflow's pools."""
    stacks.require_success(target.cfn, target.name)
    if target.settings.final_snapshot:
        target.cfn.update_termination_protection(StackName=target.name, EnableTerminationProtection=True)
    if target.title == "views":
        place = target.stack.parameters["DatabaseName"], target.stack.parameters["WorkgroupName"]
        yield f"views: {', '.join(finish.create_views(target.client('athena'), statements(), *place))}"
    elif target.title == "airflow":
        yield finish.create_pools(target.client("mwaa"), target.name, target.settings)


@hook
def release_resources(target: Target) -> Iterator[str]:
    """Empty the buckets and switch off the protection of a stack before it is deleted."""
    if stacks.has_resources(target.cfn, target.name):
        expected = f"{target.settings.project}-{target.settings.environment}"
        if target.settings.final_snapshot and os.environ.get("CONFIRM") != expected:
            raise DeployError(
                f"{target.name} is protected. To delete it with its data, set CONFIRM={expected}."
            )
        deletion.release_stack(target.session, target.name)
        yield "ready for deletion: its buckets are empty, and its protection is switched off"


@hook
def find_leftovers(target: Target) -> Iterator[str]:
    """End the command if the deletion of the stack failed; after the last one, list leftovers."""
    stacks.require_success(target.cfn, target.name)
    if target.title == FIRST:
        yield from [*deletion.clean_up(target.session, target.settings)] or ["nothing is left"]


@resolver
def bundle_key(target: Target) -> str:
    """The object key of the API's bundle, or of the code of the function that rotates passwords."""
    (key,) = contents.objects(target.title)
    return key


@resolver
def requirements_version(target: Target) -> str:
    """The S3 version of requirements.txt; before its upload, Sceptre's plan shows a placeholder."""
    return storage.requirements_version(target.client("s3"), target.artefact_bucket())


@resolver
def first_hour(target: Target) -> str:
    """The hour of the first deployment, in ISO format; earlier hours have no changes to process."""
    return target.current("FirstHour") or f"{datetime.now(UTC):%Y-%m-%dT%H}:00:00+00:00"


@resolver
def zones(target: Target) -> str:
    """The names of the network's availability zones, separated by commas."""
    current = [zone for zone in target.current("Zones").split(",") if zone]
    return ",".join(choices.choose_zones(target.client("ec2"), target.settings, current))


@resolver
def platform_arn(target: Target) -> str:
    """The platform of Beanstalk, which stays until its branch in choices.py is changed."""
    return choices.choose_platform(target.client("elasticbeanstalk"), target.name)


@resolver
def operator_value(target: Target) -> str:
    """The value of the environment variable that the argument names, else the deployed parameter value."""
    return choices.operator_value(target.cfn, target.name, target.argument)
