"""Stacks up: what each would become, done or shown."""

from datetime import timedelta

from cloudformation.account import guards
from cloudformation.account.change_set import discard, execute, propose
from cloudformation.account.stack import DEAD, Site, Stack
from cloudformation.account.views import create_views
from cloudformation.deploy import changes, order
from cloudformation.deploy.values import Wishes, complete, gather
from cloudformation.errors import DeployError


def deploy(site: Site, wishes: Wishes) -> dict[str, timedelta]:
    """Bring every stack, or the only one wished for, to what its template says; return how long each took.

    Raises DeployError with what went wrong first in each stack that failed.
    """
    took: dict[str, timedelta] = {}

    def work(title: str) -> None:
        begun = site.progress.now()
        _deploy(Stack(site, title), wishes)
        took[title] = site.progress.now() - begun

    graph = {wishes.only: set[str]()} if wishes.only else order.needs(site.templates)
    order.side_by_side(graph, work, site.stop)
    return took


def plan(site: Site, wishes: Wishes) -> None:
    """Show what deploy would do; nothing is uploaded, no stack begun, and no change set stays."""
    graph = {title: set[str]() for title in ([wishes.only] if wishes.only else site.templates)}
    order.side_by_side(graph, lambda title: _plan(Stack(site, title), wishes), site.stop)


def _deploy(stack: Stack, wishes: Wishes) -> None:
    known = gather(stack, wishes)
    current = stack.usable()
    values = complete(stack, current, known, wishes)
    change_set = propose(stack, current, values, watched=not wishes.despite_alarms)
    if change_set:
        changes.show(stack, change_set.changes)
        if change_set.at_stake and not wishes.allow_replace:
            discard(stack, change_set)
            raise DeployError(
                f"{', '.join(change_set.at_stake)} would be replaced or removed, with the data.\n"
                "If that is meant, save the data and deploy with --allow-replace."
            )
        execute(stack, change_set)
    if guards.is_guarded(stack.site.settings):
        guards.guard(stack.cfn, stack.name)
    if stack.title == "lake":
        _create_views(stack)
    stack.say("done" if change_set else "no changes", "bold")


def _create_views(stack: Stack) -> None:
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in stack.resources()}
    views: list[str] = []
    create_views(stack.site.client("athena"), stack.template, ids, views.append, stack.site.pause)
    stack.say(f"{len(views)} views made")


def _plan(stack: Stack, wishes: Wishes) -> None:
    current = stack.changeable()
    if current is None or current["StackStatus"] in DEAD:
        return changes.show(stack, changes.additions(stack.template))
    values = complete(stack, current, gather(stack, wishes), wishes)
    change_set = propose(stack, current, values, watched=not wishes.despite_alarms)
    if change_set is None:
        return stack.say("no changes")
    changes.show(stack, change_set.changes)
    discard(stack, change_set)
    if change_set.at_stake:
        stack.say(f"deploy would stop here without --allow-replace: {', '.join(change_set.at_stake)}", "red")
