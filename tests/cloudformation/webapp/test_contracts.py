"""The API reads the settings that the templates give it, and its role has only the needed permissions."""

from pathlib import Path
from typing import Any

import pytest

from cloudformation.artefacts import contents
from cloudformation.settings import ENVIRONMENTS
from tests.cloudformation.rules.beanstalk import options
from tests.cloudformation.rules.core import Json, of_type, statements
from webapp.core.settings import Settings

# The path to which Beanstalk unpacks the certificates of the bundle.
CERTIFICATES = "/var/app/current/certificates/global-bundle.pem"


def _variables(template: Json) -> dict[str, object]:
    return {
        name: value
        for namespace, name, value in options(template)
        if namespace
        in (
            "aws:elasticbeanstalk:application:environment",
            "aws:elasticbeanstalk:application:environmentsecrets",
        )
    }


def _address(template: Json) -> str:
    """Return the address of the database as the API gets it, with the parameter replaced by a value."""
    address: Any = _variables(template)["MONGODB_URI"]
    return str(address["Fn::Sub"]).replace("${DatabaseHost}", "docdb.example")


def test_api_starts_with_the_variables_of_the_template(
    environment: str, template: Json, tmp_path: Path
) -> None:
    variables, certificates = _variables(template), tmp_path / "bundle.pem"
    certificates.touch()
    address = _address(template).replace(CERTIFICATES, str(certificates))
    environ = {name: value for name, value in variables.items() if isinstance(value, str)}
    settings = Settings.from_environment({**environ, "JWT_SECRET_KEY": "k" * 64, "MONGODB_URI": address})

    assert variables.keys() == {
        "JWT_SECRET_ARN",
        "JWT_SECRET_KEY",
        "MONGODB_DATABASE",
        "MONGODB_SECRET_ARN",
        "MONGODB_URI",
        "TODO_ENVIRONMENT",
    }
    assert (settings.environment, settings.embedded) == (environment, False)


def test_database_is_reached_over_tls(template: Json) -> None:
    assert _address(template) == (
        "mongodb://docdb.example:27017/?tls=true&replicaSet=rs0&readPreference=primary"
        f"&retryWrites=false&tlsCAFile={CERTIFICATES}"
    )


def test_api_and_pipeline_use_one_database(environment: str, template: Json) -> None:
    assert _variables(template)["MONGODB_DATABASE"] == ENVIRONMENTS[environment].database_name


def test_both_secrets_can_be_read(template: Json) -> None:
    variables = _variables(template)
    (statement,) = [each for _, each in statements(template) if each.get("Sid") == "ReadSecrets"]

    assert statement["Resource"] == [variables["JWT_SECRET_KEY"], variables["MONGODB_SECRET_ARN"]]


def test_signing_key_is_followed_in_its_secret(template: Json) -> None:
    variables = _variables(template)
    assert variables["JWT_SECRET_ARN"] == variables["JWT_SECRET_KEY"] == {"Ref": "JwtSecretArn"}


def test_instances_lie_in_private_subnets(template: Json) -> None:
    placed = {name: value for namespace, name, value in options(template) if namespace == "aws:ec2:vpc"}

    assert [each["Ref"] for each in placed["Subnets"]["Fn::Join"][1]] == [
        "PrivateSubnet1Id",
        "PrivateSubnet2Id",
    ]
    assert [each["Ref"] for each in placed["ELBSubnets"]["Fn::Join"][1]] == [
        "PublicSubnet1Id",
        "PublicSubnet2Id",
    ]


def test_listeners_exclude_each_other(resources: Json) -> None:
    given = resources["Environment"]["Properties"]["OptionSettings"]
    plain = [each["Value"] for each in given if each.get("Namespace") == "aws:elbv2:listener:default"]
    encrypted = [each["Fn::If"] for each in given if "Fn::If" in each]

    assert plain == [{"Fn::If": ["Encrypted", "false", "true"]}]
    assert {(condition, str(otherwise)) for condition, _, otherwise in encrypted} == {
        ("Encrypted", "{'Ref': 'AWS::NoValue'}")
    }


@pytest.mark.parametrize("environment", ["prod"])
def test_prod_survives_the_loss_of_an_instance(template: Json) -> None:
    (smallest,) = [int(value) for _, name, value in options(template) if name == "MinSize"]

    assert smallest >= 2


def test_load_balancer_logs_where_they_are_let_in(template: Json, templates: dict[str, Json]) -> None:
    (prefix,) = [value for _, name, value in options(template) if name == "AccessLogsS3Prefix"]
    (statement,) = [
        each
        for _, each in statements(templates["foundation"])
        if each.get("Sid") == "DeliverLoadBalancerLogs"
    ]

    assert f"/{prefix}/AWSLogs/" in statement["Resource"][0]["Fn::Sub"]


def test_version_refers_to_the_uploaded_bundle(template: Json) -> None:
    (version,) = of_type(template, "AWS::ElasticBeanstalk::ApplicationVersion").values()

    assert version["SourceBundle"] == {
        "S3Bucket": {"Ref": "ArtefactBucketName"},
        "S3Key": {"Ref": "ApplicationBundleKey"},
    }


def test_instances_decrypt_only_bundles_and_secrets(template: Json) -> None:
    """The role uses the key only through S3 and Secrets Manager, and reads only the bundles in the bucket."""
    found = {each.get("Sid"): each for name, each in statements(template) if name == "InstanceRole"}
    services = found["ReadWithKey"]["Condition"]["StringEquals"]["kms:ViaService"]

    assert {each["Fn::Sub"].partition(".")[0] for each in services} == {"s3", "secretsmanager"}
    assert found["ReadBundles"]["Resource"] == [{"Fn::Sub": f"${{ArtefactBucketArn}}/{contents.API_PREFIX}*"}]
