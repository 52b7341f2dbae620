"""The certificates of DocumentDB are roots, last, and serve every region that we might deploy to."""

import re
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from pymongo import MongoClient

from cloudformation.artefacts.certificates import CERTIFICATES, for_region
from cloudformation.errors import DeployError

KINDS = ("RSA2048", "RSA4096", "ECC384")
AUTHORITY = re.compile(r"Amazon RDS ([a-z]+-[a-z]+-\d) Root CA (RSA2048|RSA4096|ECC384) G1")


@pytest.fixture(scope="module")
def certificates() -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(CERTIFICATES.read_bytes())


def _name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def test_every_certificate_is_a_root(certificates: list[x509.Certificate]) -> None:
    for certificate in certificates:
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        assert constraints.ca, _name(certificate)


def test_every_certificate_lasts_another_year(certificates: list[x509.Certificate]) -> None:
    now = datetime.now(UTC)
    assert not [
        _name(each)
        for each in certificates
        if not each.not_valid_before_utc < now < each.not_valid_after_utc - timedelta(days=365)
    ]


def test_every_region_has_its_three_authorities(certificates: list[x509.Certificate]) -> None:
    found = [match.groups() for each in certificates if (match := AUTHORITY.fullmatch(_name(each)))]
    regions = {region for region, _ in found}

    assert {"us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2"} <= regions
    assert sorted(found) == sorted((each, kind) for each in regions for kind in KINDS)


def test_clients_read_the_file(certificates: list[x509.Certificate]) -> None:
    context = ssl.create_default_context(cafile=str(CERTIFICATES))
    client: MongoClient[dict[str, object]] = MongoClient(
        "mongodb://docdb.example:27017/?tls=true", tlsCAFile=str(CERTIFICATES), connect=False
    )
    client.close()

    assert len(context.get_ca_certs()) == len(certificates)


def test_known_region_gets_the_whole_file() -> None:
    assert for_region("eu-central-1") == CERTIFICATES.read_bytes()


def test_region_without_certificates_is_refused() -> None:
    with pytest.raises(DeployError, match=r"no certificate for databases in us-moon-1\..*curl"):
        for_region("us-moon-1")
