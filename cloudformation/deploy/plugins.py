"""The hooks and resolvers for Sceptre, which pyproject.toml registers as entry points.

https://docs.sceptre-project.org/latest/docs/hooks.html
https://docs.sceptre-project.org/latest/docs/resolvers.html
"""

import json
import os
from abc import abstractmethod
from datetime import UTC, datetime
from typing import Any

from botocore.config import Config
from sceptre.exceptions import SceptreException
from sceptre.hooks import Hook
from sceptre.plan.actions import StackActions
from sceptre.resolvers import Resolver
from sceptre.stack_status import StackStatus

from cloudformation.artefacts import bundle, dags
from cloudformation.deploy import change_set, choices, pools, release, views
from cloudformation.deploy import stack as stacks
from cloudformation.errors import EXPECTED_ERRORS, DeployError, explain
from cloudformation.settings import ENVIRONMENTS, Settings
from cloudformation.stacks import stack_name

PLACEHOLDER = "known-after-deployment"


class _Stack:
    """The stack of a hook or resolver, with its settings, its state and boto3 clients for its account."""

    stack: Any

    @property
    def settings(self) -> Settings:
        return ENVIRONMENTS[self.stack.sceptre_user_data["environment"]]

    @property
    def title(self) -> str:
        return str(self.stack.sceptre_user_data["stack"])

    @property
    def name(self) -> str:
        return str(self.stack.external_name)

    @property
    def session(self) -> Any:
        return self.stack.connection_manager.get_session()

    def client(self, service: str) -> Any:
        return self.session.client(service)

    @property
    def cfn(self) -> Any:
        return self.client("cloudformation")

    def outputs(self, title: str) -> dict[str, str]:
        return stacks.outputs(self.cfn, stack_name(self.settings, title))

    def artefact_bucket(self) -> str:
        bucket = self.outputs("foundation").get("ArtefactBucketName")
        if not bucket:
            raise DeployError("The artefact bucket does not exist; deploy the stack foundation first.")
        return bucket

    def current(self, parameter: str) -> str:
        return stacks.parameters(self.cfn, self.name).get(parameter, "")

    def change_set(self) -> change_set.ChangeSet | None:
        """Create a change set with the parameters of the stack; in prod, an alarm rolls the update back."""
        guarded = self.settings.final_snapshot and self.title != "monitoring"
        watched = guarded and not os.environ.get("DESPITE_ALARMS")
        return change_set.create(
            self.cfn,
            self.name,
            self.stack.template.body,
            {key: str(value) for key, value in self.stack.parameters.items() if value is not None},
            self.stack.tags,
            self.outputs("monitoring").get("RollbackAlarmArns", "") if watched else "",
        )


class _Hook(_Stack, Hook):  # type: ignore[misc]  # Sceptre has no types
    def run(self) -> None:
        """Run the hook; turns errors into exceptions of Sceptre, which are printed without a traceback."""
        try:
            self.act()
        except EXPECTED_ERRORS as error:
            raise SceptreException(explain(error)) from error

    @abstractmethod
    def act(self) -> None:
        """Do the work of the hook; may raise DeployError."""

    def log(self, *lines: str) -> None:
        for line in lines:
            self.logger.info(line)


class _Resolver(_Stack, Resolver):  # type: ignore[misc]
    def resolve(self) -> str:
        try:
            return self.value()
        except EXPECTED_ERRORS as error:
            raise SceptreException(explain(error)) from error

    @abstractmethod
    def value(self) -> str:
        """Return the value of the parameter; may raise DeployError."""


class UploadArtefacts(_Hook):
    """Upload the artefacts of the stack: a bundle, or DAGs, requirements and the Spark job."""

    def act(self) -> None:
        if self.title not in ("airflow", "data", "webapp"):
            return
        s3, bucket = self.client("s3"), self.artefact_bucket()
        if self.title == "airflow":
            self.log(*dags.upload(s3, bucket), *dags.upload_history(s3, bucket))
        else:
            self.log(f"bundle {bundle.put(s3, bucket, *_bundle(self.title))}")


class ExecuteChangeSet(_Hook):
    """Inspect and execute the changes of an update, so that Sceptre's own update has nothing to do."""

    def act(self) -> None:
        if changes := self.change_set():
            self.log(*changes.lines())
            if not os.environ.get("ALLOW_REPLACE"):
                change_set.refuse_loss_of_data(self.cfn, self.name, changes)
            if StackActions(self.stack).execute_change_set(changes.arn) != StackStatus.COMPLETE:
                reason = stacks.cause(self.cfn, self.name)
                raise DeployError(f"The update of {self.name} failed. {reason}")
            self.log(f"{self.name} is updated by a change set")


class ShowChangeSet(_Hook):
    """Show which resources an update would change, replace and remove."""

    def act(self) -> None:
        if stacks.has_resources(self.cfn, self.name) and (changes := self.change_set()):
            self.cfn.delete_change_set(ChangeSetName=changes.arn)
            self.log(*changes.lines())
            if changes.data_at_risk:
                self.log(f"would be refused without ALLOW_REPLACE=1: {', '.join(changes.data_at_risk)}")


class RequireIdle(_Hook):
    """End the command if an operation on the stack is in progress; Sceptre itself would continue."""

    def act(self) -> None:
        stacks.require_idle(self.cfn, self.name)


class RequireSuccess(_Hook):
    """End the command if the last operation on the stack failed."""

    def act(self) -> None:
        stacks.require_success(self.cfn, self.name)


class FinishStack(_Hook):
    """Create Athena's views or Airflow's pools; in prod, protect the stack against its deletion."""

    def act(self) -> None:
        if self.settings.final_snapshot:
            self.cfn.update_termination_protection(StackName=self.name, EnableTerminationProtection=True)
        if self.title == "views":
            template, found = json.loads(self.stack.template.body.removeprefix("---\n")), self.outputs("lake")
            place = found["DatabaseName"], found["WorkgroupName"]
            created = views.create_views(self.client("athena"), views.saved_statements(template), *place)
            self.log(f"views: {', '.join(created)}")
        elif self.title == "airflow":
            # boto3 puts a prefix before the host name of these requests, under which no test server is found.
            config = Config(inject_host_prefix="AWS_ENDPOINT_URL" not in os.environ)
            mwaa = self.session.client("mwaa", config=config)
            self.log(*pools.create_pools(mwaa, self.name, self.settings))


class ReleaseResources(_Hook):
    """Empty the buckets and switch off the protection of a stack before it is deleted."""

    def act(self) -> None:
        if not stacks.has_resources(self.cfn, self.name):
            return
        expected = f"{self.settings.project}-{self.settings.environment}"
        if self.settings.final_snapshot and os.environ.get("CONFIRM") != expected:
            raise DeployError(
                f"{self.name} is protected. To delete it with its data, set CONFIRM={expected}."
            )
        release.release_stack(self.session, self.name)


class BundleKey(_Resolver):
    """The object key of the API's bundle, or of the code of the function that rotates passwords."""

    def value(self) -> str:
        return bundle.bundle_key(*_bundle(self.title))


class RequirementsVersion(_Resolver):
    """The S3 version of requirements.txt, or a placeholder before its first upload."""

    def value(self) -> str:
        return dags.requirements_version(self.client("s3"), self.artefact_bucket()) or PLACEHOLDER


class FirstHour(_Resolver):
    """The hour of the first deployment, in ISO format; earlier hours have no changes to process."""

    def value(self) -> str:
        return self.current("FirstHour") or f"{datetime.now(UTC):%Y-%m-%dT%H}:00:00+00:00"


class Zones(_Resolver):
    """The names of the network's availability zones, separated by commas."""

    def value(self) -> str:
        current = [zone for zone in self.current("Zones").split(",") if zone]
        return ",".join(choices.choose_zones(self.client("ec2"), self.settings, current))


class PlatformArn(_Resolver):
    """The platform of Beanstalk; with UPGRADE_PLATFORM=1, the newest platform."""

    def value(self) -> str:
        upgrade = bool(os.environ.get("UPGRADE_PLATFORM"))
        beanstalk = self.client("elasticbeanstalk")
        return choices.choose_platform(beanstalk, self.name, self.current("PlatformArn"), upgrade=upgrade)


class OperatorValue(_Resolver):
    """The value of the environment variable that the argument names, else the deployed parameter value."""

    def value(self) -> str:
        return choices.operator_value(self.cfn, self.name, str(self.argument))


def _bundle(stack: str) -> tuple[dict[str, bytes], str]:
    """Return the files and the prefix of the bundle that a stack reads."""
    if stack == "data":
        return bundle.rotation_contents(), bundle.ROTATION_PREFIX
    return bundle.contents(), bundle.PREFIX
