"""Checks for common reasons of a failure, to be run before a deployment, which takes about 45 minutes."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from cloudformation.artefacts import contents
from cloudformation.deploy import choices, stack
from cloudformation.errors import DeployError, explain
from cloudformation.settings import Settings
from cloudformation.stacks import STACKS, stack_name

Client = Callable[[str], Any]
CheckResult = tuple[str, str]
# For each environment variable of an operator: the stack with its parameter, and what an empty value means.
VARIABLES = {
    "ALERT_EMAIL": ("foundation", "no e-mail address for alerts: alarms send no message. Set ALERT_EMAIL."),
    "CERTIFICATE_ARN": ("webapp", "no certificate: passwords are sent without TLS. Set CERTIFICATE_ARN."),
    "DATABASE_SNAPSHOT": ("data", "the database is not restored from a snapshot."),
    "REPOSITORY_URL": ("monitoring", "alarms do not link to their runbook. Set REPOSITORY_URL."),
}
# The service, code and name of each quota. DocumentDB, Neptune and RDS share the quota of instances.
ADDRESSES = ("ec2", "L-0263D0A3", "quota of Elastic IPs")
INSTANCES = ("rds", "L-7B6409FD", "quota of database instances")


def check(client: Client, settings: Settings) -> Iterator[CheckResult]:
    """Yield a mark (ok, hint or failed) and a sentence for each check.

    If AWS does not respond to a check, the mark of the check is hint, because the deployment may succeed.
    Without credentials or a region, all other checks are skipped.
    """
    try:
        region, caller = client("ec2").meta.region_name, client("sts").get_caller_identity()["Arn"]
    except (BotoCoreError, ClientError) as error:
        yield "failed", explain(error)
        return
    yield "failed" if caller.endswith(":root") else "ok", f"credentials of {caller} in {region}"
    for subject, finding in _checks(client, settings):
        try:
            yield finding()
        except (DeployError, OSError) as error:
            yield "failed", explain(error)
        except (BotoCoreError, ClientError) as error:
            yield "hint", f"{subject} could not be checked: {error}"


def _checks(client: Client, settings: Settings) -> Iterator[tuple[str, Callable[[], CheckResult]]]:
    """Yield the subject of each check, and the function that checks it."""
    cfn, ec2, docdb = client("cloudformation"), client("ec2"), client("docdb")
    beanstalk, webapp = client("elasticbeanstalk"), stack_name(settings, "webapp")
    yield "files", lambda: ("ok", f"{sum(len(contents.objects(stack)) for stack in STACKS)} files to upload")
    yield "zones", lambda: ("ok", f"zones {', '.join(choices.choose_zones(ec2, settings))}")
    yield "platform", lambda: ("ok", f"platform {choices.choose_platform(beanstalk, webapp)}")
    for variable in VARIABLES:
        yield variable, partial(_variable, client, settings, variable)
    if not stack.describe(cfn, stack_name(settings, "network")):
        used = ec2.describe_addresses
        yield ADDRESSES[2], lambda: quota(client, ADDRESSES, settings.nat_gateways, len(used()["Addresses"]))
    if not stack.describe(cfn, stack_name(settings, "data")):
        # The answer contains the instances of all three services.
        pages = docdb.get_paginator("describe_db_instances").paginate().search("DBInstances[]")
        yield INSTANCES[2], lambda: quota(client, INSTANCES, settings.database_instances, len([*pages]))


def _variable(client: Client, settings: Settings, variable: str) -> CheckResult:
    """Check the operator's value, or else the deployed value, against the pattern in the template."""
    title, effect_if_empty = VARIABLES[variable]
    value = choices.operator_value(client("cloudformation"), stack_name(settings, title), variable)
    parameter = STACKS[title](settings).parameters[choices.parameter_of(variable)]
    if not re.fullmatch(parameter.AllowedPattern, value):
        return "failed", f"{variable}={value} {parameter.ConstraintDescription}."
    if not value:
        return "ok" if variable == "DATABASE_SNAPSHOT" else "hint", effect_if_empty
    return _certificate(client, value) if variable == "CERTIFICATE_ARN" else ("ok", f"{variable} is valid")


def _certificate(client: Client, arn: str) -> CheckResult:
    acm = client("acm")
    known = acm.exceptions
    unknown = known.InvalidArnException, known.ResourceNotFoundException, known.ValidationException
    try:
        status = acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"]
    except (*unknown, ParamValidationError):
        return "failed", f"CERTIFICATE_ARN={arn} is not a certificate of ACM in this region."
    return ("ok" if status == "ISSUED" else "failed"), f"certificate {arn} is {status}"


def quota(client: Client, limit: tuple[str, str, str], needed: int, used: int) -> CheckResult:
    """Check whether a quota of AWS allows `needed` more resources besides the `used` resources.

    https://docs.aws.amazon.com/servicequotas/latest/APIReference/API_GetServiceQuota.html
    """
    service, code, subject = limit
    found = client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
    free = max(int(found["Value"]) - used, 0)
    mark, remedy = ("ok", "") if needed <= free else ("failed", " Raise the quota in Service Quotas.")
    return mark, f"{subject}: {needed} needed, {free} of {int(found['Value'])} free.{remedy}"
