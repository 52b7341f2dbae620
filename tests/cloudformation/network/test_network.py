"""The address ranges of the environments, and the rule for clients, which belongs to the stack `webapp`."""

from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules.core import Json, of_type


def test_environments_could_be_joined() -> None:
    assert len({settings.network for settings in ENVIRONMENTS.values()}) == len(ENVIRONMENTS)


def test_certificate_changes_nothing_of_the_network(template: Json) -> None:
    """One stack sets certificate, port and listener together, so the port in use is open at any time."""
    group = of_type(template, "AWS::EC2::SecurityGroup")["LoadBalancerSecurityGroup"]

    assert "CertificateArn" not in template["Parameters"]
    assert "SecurityGroupIngress" not in group
