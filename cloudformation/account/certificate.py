"""Whether the load balancer can take the certificate that the API is to have."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from cloudformation.account.finding import Finding, failed, hint, passed

Client = Callable[[str], Any]
Clock = Callable[[], datetime]
SOON = timedelta(days=30)
ARN = re.compile(r"arn:[a-z-]+:acm:(?P<region>[a-z0-9-]+):\d{12}:certificate/\S+")
# https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
UNKNOWN = {"InvalidArnException", "ResourceNotFoundException", "ValidationException"}


def check_certificate(client: Client, arn: str | None, now: Clock) -> Finding:
    """Return whether ACM has this certificate, here and for a while; what it does not know fails.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
    """
    if not arn:
        return hint(
            "Certificate", "None: passwords travel without TLS. Give the ARN of a certificate of ACM."
        )
    acm = client("acm")
    region = acm.meta.region_name
    if not (named := ARN.fullmatch(arn)):
        return failed("Certificate", f"{arn} is not the ARN of a certificate of ACM: give one that is.")
    if named["region"] != region:
        return failed("Certificate", f"{arn} is of another region: request one in {region}.")
    try:
        found = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in UNKNOWN:
            raise
        return failed("Certificate", f"ACM does not know {arn}: give the ARN of one in this account.")
    return _judge(found, now())


def _judge(found: dict[str, Any], now: datetime) -> Finding:
    """https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-renewal.html"""
    if found["Status"] != "ISSUED":
        return failed("Certificate", f"It is {found['Status']}: complete its validation in ACM.")
    name, end = found["DomainName"], found["NotAfter"]
    if end <= now:
        return failed("Certificate", f"That of {name} expired on {end:%Y-%m-%d}: request another one.")
    if end - now < SOON:
        says = f"That of {name} ends on {end:%Y-%m-%d}: see in ACM why it was not renewed."
        return hint("Certificate", says)
    return passed("Certificate", f"{name}, until {end:%Y-%m-%d}")
