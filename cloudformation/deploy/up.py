"""Stacks up: what each would become, done or shown."""

from datetime import timedelta

from cloudformation.account import guards
from cloudformation.account.change_set import discard, execute, propose
from cloudformation.account.stack import DEAD, Environment, Stack
from cloudformation.account.views import create_views
from cloudformation.deploy import changes, order
from cloudformation.deploy.values import DeployOptions, complete, gather
from cloudformation.errors import DeployError


def deploy(environment: Environment, options: DeployOptions) -> dict[str, timedelta]:
    """Bring every stack, or the only one wished for, to what its template says; return how long each took.

    Raises DeployError with what went wrong first in each stack that failed.
    """
    took: dict[str, timedelta] = {}

    def work(title: str) -> None:
        begun = environment.progress.now()
        _deploy(Stack(environment, title), options)
        took[title] = environment.progress.now() - begun

    graph = {options.only: set[str]()} if options.only else order.needs(environment.templates)
    order.run_parallel(graph, work, environment.stop)
    return took


def plan(environment: Environment, options: DeployOptions) -> None:
    """Show what deploy would do; nothing is uploaded, no stack begun, and no change set stays."""
    graph = {title: set[str]() for title in ([options.only] if options.only else environment.templates)}
    order.run_parallel(graph, lambda title: _plan(Stack(environment, title), options), environment.stop)


def _deploy(stack: Stack, options: DeployOptions) -> None:
    known = gather(stack, options)
    current = stack.usable()
    values = complete(stack, current, known, options)
    change_set = propose(stack, current, values, watched=not options.despite_alarms)
    if change_set:
        changes.show(stack, change_set.changes)
        if change_set.at_stake and not options.allow_replace:
            discard(stack, change_set)
            raise DeployError(
                f"{', '.join(change_set.at_stake)} would be replaced or removed, with the data.\n"
                "If that is meant, save the data and deploy with --allow-replace."
            )
        execute(stack, change_set)
    if guards.is_guarded(stack.environment.settings):
        guards.guard(stack.cfn, stack.name)
    if stack.title == "lake":
        _create_views(stack)
    stack.log("done" if change_set else "no changes", "bold")


def _create_views(stack: Stack) -> None:
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in stack.resources()}
    views: list[str] = []
    create_views(
        stack.environment.client("athena"), stack.template, ids, views.append, stack.environment.pause
    )
    stack.log(f"{len(views)} views made")


def _plan(stack: Stack, options: DeployOptions) -> None:
    current = stack.changeable()
    if current is None or current["StackStatus"] in DEAD:
        return changes.show(stack, changes.additions(stack.template))
    values = complete(stack, current, gather(stack, options), options)
    change_set = propose(stack, current, values, watched=not options.despite_alarms)
    if change_set is None:
        return stack.log("no changes")
    changes.show(stack, change_set.changes)
    discard(stack, change_set)
    if change_set.at_stake:
        stack.log(f"deploy would stop here without --allow-replace: {', '.join(change_set.at_stake)}", "red")
