"""What each command does with an environment, told to the operator; every function returns an exit code."""

from argparse import Namespace
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from cloudformation.account import guards, preflight
from cloudformation.account.checkout import check_checkout
from cloudformation.account.drift import Drift, find_drift
from cloudformation.account.keys import delete_keys
from cloudformation.account.log_groups import remove_groups
from cloudformation.account.stack import Environment, Stack, parameters
from cloudformation.account.sweep import Fate, leftovers
from cloudformation.deploy import down, up
from cloudformation.deploy.order import run_parallel
from cloudformation.deploy.values import DeployOptions
from cloudformation.errors import DeployError
from cloudformation.progress import clock

Ask = Callable[[str], str]
NO_CERTIFICATE = (
    "The API has no certificate: passwords and tasks travel in the clear. Have one issued in ACM "
    "for a name of yours, deploy with --certificate ARN, and point the name at the API's address."
)


def plan(environment: Environment, options: Namespace, ask: Ask) -> int:
    """Show what deploy would do."""
    _check(environment, options)
    with environment.progress:
        up.plan(environment, _deploy_options(options))
    return 0


def deploy(environment: Environment, options: Namespace, ask: Ask) -> int:
    """Bring the environment up, or to what the repository says, and tell where it is."""
    _check(environment, options)
    with environment.progress:
        took = up.deploy(environment, _deploy_options(options))
    environment.progress.table(
        "How long it took", ("stack", "h:mm:ss"), ((title, clock(each)) for title, each in took.items())
    )
    _tell_addresses(environment)
    return 0


def destroy(environment: Environment, options: Namespace, ask: Ask) -> int:
    """Take the environment down, once that is confirmed; 1 when something of it is left."""
    stacks = _existing(environment)
    guarded = guards.is_guarded(environment.settings)
    if stacks and (guarded or not options.yes):
        _confirm(environment, [stack.name for stack in stacks], ask)
    with environment.progress:
        down.destroy(environment)
    remove_groups(environment.client("logs"), environment.settings)
    delete_keys(environment.client, environment.settings)
    left = leftovers(environment.client, environment.settings)
    for each in left:
        environment.progress.log("destroy", f"{each.fate}: {each.arn}, {each.why}")
    if any(each.fate is Fate.MUST_GO for each in left):
        raise DeployError("Delete what must go by hand, or run the command again.")
    environment.progress.log("destroy", "nothing is left that must go", "bold green")
    return 0


def drift(environment: Environment, options: Namespace, ask: Ask) -> int:
    """Show what was changed by hand; 1 if anything was."""
    found: dict[str, list[Drift]] = {}

    def compare(title: str) -> None:
        found[title] = list(find_drift(Stack(environment, title)))

    if not (stacks := _existing(environment)):
        return _tell_nothing(environment)
    run_parallel({stack.title: set() for stack in stacks}, compare, environment.stop)
    rows = [
        (title, each.resource, each.path, each.expected, each.actual)
        for title, drifts in sorted(found.items())
        for each in drifts
    ]
    if not rows:
        environment.progress.log("drift", f"none in {len(found)} stacks", "bold green")
        return 0
    environment.progress.table("Drift", ("stack", "resource", "property", "expected", "actual"), rows)
    return 1


def outputs(environment: Environment, options: Namespace, ask: Ask) -> int:
    """Show what the stacks put out."""
    found = {stack.title: stack.outputs() for stack in _existing(environment)}
    if options.json:
        environment.progress.console.print_json(data=found)
        return 0
    if not found:
        return _tell_nothing(environment)
    for title, values in found.items():
        for name, value in sorted(values.items()):
            environment.progress.log(title, f"{name:<28} {value}")
    return 0


def _deploy_options(options: Namespace) -> DeployOptions:
    asked = {"AlertEmail": options.alert_email, "CertificateArn": options.certificate}
    return DeployOptions(
        given={name: value for name, value in asked.items() if value is not None},
        only=options.stack,
        allow_replace=options.allow_replace,
        upgrade_platform=options.upgrade_platform,
        despite_alarms=options.despite_alarms,
        dry=options.command == "plan",
    )


def _check(environment: Environment, options: Namespace) -> None:
    findings = preflight.check(environment.client, environment.settings, _certificate(environment, options))
    findings.append(check_checkout(environment.root))
    rows = [(each.mark, each.subject, each.says) for each in findings]
    environment.progress.table("Before anything is done", ("", "checked", "found"), rows)
    if not all(each.ok for each in findings):
        raise DeployError("Mend what failed above, and run the command again.")


def _certificate(environment: Environment, options: Namespace) -> str | None:
    """Return the certificate wished for, or the one in use."""
    if options.certificate is not None:
        return str(options.certificate) or None
    if not preflight.find_region(environment.client).ok:
        return None
    try:
        return parameters(Stack(environment, "webapp").describe()).get("CertificateArn") or None
    except (BotoCoreError, ClientError):
        # Without access: what the first check is about.
        return None


def _existing(environment: Environment) -> list[Stack]:
    if not (region := preflight.find_region(environment.client)).ok:
        raise DeployError(region.says)
    return [stack for title in environment.templates if (stack := Stack(environment, title)).describe()]


def _tell_nothing(environment: Environment) -> int:
    name = environment.settings.environment
    environment.progress.log(name, f"nothing is deployed; `make deploy ENV={name}` does that")
    return 0


def _confirm(environment: Environment, names: list[str], ask: Ask) -> None:
    prefix = f"{environment.settings.project}-{environment.settings.environment}"
    kept = (
        "its database leaves a snapshot"
        if environment.settings.final_snapshot
        else "its database leaves no snapshot"
    )
    environment.progress.log("destroy", f"deletes {', '.join(names)} with all data; {kept}", "bold red")
    try:
        answer = ask(f"Type {prefix} to go on: ")
    except EOFError:
        answer = ""
    if answer.strip() != prefix:
        raise DeployError(f"Nothing was deleted, since nobody typed {prefix}.")


def _tell_addresses(environment: Environment) -> None:
    """Tell where things are, and loudly if passwords travel in the clear."""
    stacks = _existing(environment)
    found = {name: value for stack in stacks for name, value in stack.outputs().items()}
    secure = bool(parameters(Stack(environment, "webapp").describe()).get("CertificateArn"))
    console = (
        f"https://{environment.client('cloudwatch').meta.region_name}.console.aws.amazon.com/cloudwatch/home"
    )
    addresses = {
        "API": ("https://" if secure else "http://", "ApiHost"),
        "Airflow": ("https://", "AirflowUrl"),
        "Dashboard": (f"{console}#dashboards/dashboard/", "DashboardName"),
    }
    for title, (before, name) in addresses.items():
        if name in found:
            environment.progress.log(title, before + found[name], "bold")
    if "ApiHost" in found and not secure:
        environment.progress.log("WARNING", NO_CERTIFICATE, "bold red")
