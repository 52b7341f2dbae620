"""What each command does with an environment, told to the operator; every function returns an exit code."""

from argparse import Namespace
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.account import guards, preflight
from cloudformation.account.checkout import check_checkout
from cloudformation.account.drift import Drift, find_drift
from cloudformation.account.keys import delete_keys
from cloudformation.account.log_groups import remove_groups
from cloudformation.account.stack import Site, Stack, parameters
from cloudformation.account.sweep import Fate, leftovers
from cloudformation.deploy import down, up
from cloudformation.deploy.order import side_by_side
from cloudformation.deploy.values import Wishes
from cloudformation.errors import DeployError
from cloudformation.progress import clock

Ask = Callable[[str], str]
NO_CERTIFICATE = (
    "The API has no certificate: passwords and tasks travel in the clear. Have one issued in ACM "
    "for a name of yours, deploy with --certificate ARN, and point the name at the API's address."
)


def plan(site: Site, options: Namespace, ask: Ask) -> int:
    """Show what deploy would do."""
    _check(site, options)
    with site.progress:
        up.plan(site, _wishes(options))
    return 0


def deploy(site: Site, options: Namespace, ask: Ask) -> int:
    """Bring the environment up, or to what the repository says, and tell where it is."""
    _check(site, options)
    with site.progress:
        took = up.deploy(site, _wishes(options))
    site.progress.table(
        "How long it took", ("stack", "h:mm:ss"), ((title, clock(each)) for title, each in took.items())
    )
    _tell_addresses(site)
    return 0


def destroy(site: Site, options: Namespace, ask: Ask) -> int:
    """Take the environment down, once that is confirmed; 1 when something of it is left."""
    stacks = _existing(site)
    guarded = guards.is_guarded(site.settings)
    if stacks and (guarded or not options.yes):
        _confirm(site, [stack.name for stack in stacks], ask)
    with site.progress:
        down.destroy(site)
    remove_groups(site.client("logs"), site.settings)
    delete_keys(site.client, site.settings)
    left = leftovers(site.client, site.settings)
    for each in left:
        site.progress.say("destroy", f"{each.fate}: {each.arn}, {each.why}")
    if any(each.fate is Fate.MUST_GO for each in left):
        raise DeployError("Delete what must go by hand, or run the command again.")
    site.progress.say("destroy", "nothing is left that must go", "bold green")
    return 0


def drift(site: Site, options: Namespace, ask: Ask) -> int:
    """Show what was changed by hand; 1 if anything was."""
    found: dict[str, list[Drift]] = {}

    def compare(title: str) -> None:
        found[title] = list(find_drift(Stack(site, title)))

    if not (stacks := _existing(site)):
        return _tell_nothing(site)
    side_by_side({stack.title: set() for stack in stacks}, compare, site.stop)
    rows = [
        (title, each.resource, each.path, each.expected, each.actual)
        for title, drifts in sorted(found.items())
        for each in drifts
    ]
    if not rows:
        site.progress.say("drift", f"none in {len(found)} stacks", "bold green")
        return 0
    site.progress.table("Drift", ("stack", "resource", "property", "expected", "actual"), rows)
    return 1


def outputs(site: Site, options: Namespace, ask: Ask) -> int:
    """Show what the stacks put out."""
    found = {stack.title: stack.outputs() for stack in _existing(site)}
    if options.json:
        site.progress.console.print_json(data=found)
        return 0
    if not found:
        return _tell_nothing(site)
    for title, values in found.items():
        for name, value in sorted(values.items()):
            site.progress.say(title, f"{name:<28} {value}")
    return 0


def _wishes(options: Namespace) -> Wishes:
    asked = {"AlertEmail": options.alert_email, "CertificateArn": options.certificate}
    return Wishes(
        given={name: value for name, value in asked.items() if value is not None},
        only=options.stack,
        allow_replace=options.allow_replace,
        upgrade_platform=options.upgrade_platform,
        despite_alarms=options.despite_alarms,
        dry=options.command == "plan",
    )


def _check(site: Site, options: Namespace) -> None:
    findings = preflight.check(site.client, site.settings, _certificate(site, options))
    findings.append(check_checkout(site.root))
    rows = [(each.mark, each.subject, each.says) for each in findings]
    site.progress.table("Before anything is done", ("", "checked", "found"), rows)
    if not all(each.ok for each in findings):
        raise DeployError("Mend what failed above, and run the command again.")


def _certificate(site: Site, options: Namespace) -> str | None:
    """Return the certificate wished for, or the one in use."""
    if options.certificate is not None:
        return str(options.certificate) or None
    if not preflight.find_region(site.client).ok:
        return None
    try:
        return parameters(Stack(site, "webapp").describe()).get("CertificateArn") or None
    except (BotoCoreError, ClientError):
        # Without access: what the first check is about.
        return None


def _existing(site: Site) -> list[Stack]:
    if not (region := preflight.find_region(site.client)).ok:
        raise DeployError(region.says)
    return [stack for title in site.templates if (stack := Stack(site, title)).describe()]


def _tell_nothing(site: Site) -> int:
    environment = site.settings.environment
    site.progress.say(environment, f"nothing is deployed; `make deploy ENV={environment}` does that")
    return 0


def _confirm(site: Site, names: list[str], ask: Ask) -> None:
    prefix = f"{site.settings.project}-{site.settings.environment}"
    kept = (
        "its database leaves a snapshot"
        if site.settings.final_snapshot
        else "its database leaves no snapshot"
    )
    site.progress.say("destroy", f"deletes {', '.join(names)} with all data; {kept}", "bold red")
    try:
        answer = ask(f"Type {prefix} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip() != prefix:
        raise DeployError(f"Nothing was deleted, since nobody typed {prefix}.")


def _tell_addresses(site: Site) -> None:
    """Tell where things are, and loudly if passwords travel in the clear."""
    stacks = _existing(site)
    found = {name: value for stack in stacks for name, value in stack.outputs().items()}
    secure = bool(parameters(Stack(site, "webapp").describe()).get("CertificateArn"))
    console = f"https://{site.client('cloudwatch').meta.region_name}.console.aws.amazon.com/cloudwatch/home"
    addresses = {
        "API": ("https://" if secure else "http://", "ApiHost"),
        "Airflow": ("https://", "AirflowUrl"),
        "Dashboard": (f"{console}#dashboards/dashboard/", "DashboardName"),
    }
    for title, (before, name) in addresses.items():
        if name in found:
            site.progress.say(title, before + found[name], "bold")
    if "ApiHost" in found and not secure:
        site.progress.say("WARNING", NO_CERTIFICATE, "bold red")
