"""The certificates by which clients know DocumentDB.

https://docs.aws.amazon.com/documentdb/latest/developerguide/security.encryption.ssl.html

One file for every region, as AWS publishes it; docs/decisions/0027 tells where ours comes from.
"""

import re
import ssl
from pathlib import Path

from cloudformation.errors import DeployError

CERTIFICATES = Path(__file__).with_name("global-bundle.pem")
SOURCE = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
BLOCK = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def for_region(region: str, path: Path = CERTIFICATES) -> bytes:
    """Return the file as it is; raises DeployError when no database of this region could be trusted by it."""
    pem = path.read_text(encoding="ascii")
    # As the authorities of RDS are called; in DER a name is plain text.
    authority = f"Amazon RDS {region} Root CA".encode()
    if not any(authority in ssl.PEM_cert_to_DER_cert(block) for block in BLOCK.findall(pem)):
        raise DeployError(
            f"{path.name} has no certificate for databases in {region}. Renew it and commit it: "
            f"curl -fsS {SOURCE} -o cloudformation/artefacts/{path.name}"
        )
    return pem.encode("ascii")
