"""Builds tokens that the API did not issue, such as those of an attacker or of an old backup."""

import base64
import hmac
import json
from typing import Any

import jwt

from tests.conftest import SECRET
from webapp.credentials.signing_keys import key_id

# An RSA public key. Public keys are no secret, so an attacker can use one as the secret of an HMAC.
PUBLIC_KEY = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsup1AJGvr81nBVEe5wjA
gAezF5//gGGcJL8o6xBaSRd3YHR5Hi61UtuDuWDkg1ItRw+i7+huVdUbSgK1z+/1
USWcYA10SEkFKOQUTLf0dBoh3TTjqxfrennUMU9hQ3Ekkj32nEfOOhiwtb8T4jeU
9EsaGnuXYzy7dlnuLy0CBwov64v6HX3RVAJV7q6j6wCIrDmN1IpJR77YZ6r8kDRP
uAzSQO/gTAS/qZuFzOFPIFR4OxD3VoaD0Ckvnq5KkGrC4voc0/iF2Gu+ukTsfEHL
gre2PGl2t06R+u0yiDFkR/9Rx1HH9nA6Uy2uFfI5F/RhfrC1iPBX63VWWdlQgwf+
DwIDAQAB
-----END PUBLIC KEY-----
"""


def claims_of(token: str) -> dict[str, Any]:
    """Return the claims of a token without a check of its signature."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


def signed(claims: dict[str, Any], secret: str = SECRET, kid: Any = None, **header: Any) -> str:
    """Return a token with these claims, by default signed with the key of the API."""
    named = {"alg": "HS256", "typ": "JWT", "kid": key_id(SECRET) if kid is None else kid, **header}
    return _sealed({name: value for name, value in named.items() if value != "(none)"}, claims, secret)


def with_other_claims(token: str, **other: Any) -> str:
    """Return a copy of a valid token with these claims changed, signed again with the key of the API."""
    return signed({**claims_of(token), **other})


def without_claim(token: str, name: str) -> str:
    """Return a copy of a valid token without a claim, signed again with the key of the API."""
    return signed({key: value for key, value in claims_of(token).items() if key != name})


def unsigned(token: str) -> str:
    """Return a copy of a valid token with the algorithm none and no signature."""
    return f"{_part({'alg': 'none', 'typ': 'JWT', 'kid': key_id(SECRET)})}.{_part(claims_of(token))}."


def signed_with_rsa(token: str) -> str:
    """Return a copy of a valid token with the algorithm RS256."""
    header = {"alg": "RS256", "typ": "JWT", "kid": key_id(SECRET)}
    return _sealed(header, claims_of(token), "a private key of the forger's")


def signed_with_public_key(token: str) -> str:
    """Return a copy that is signed with a public key as HMAC secret (the attack "RS/HS confusion")."""
    return signed(claims_of(token), secret=PUBLIC_KEY)


def signed_with_sha512(token: str) -> str:
    """Return a copy that is signed with the API's secret, but with SHA-512, which the API does not use."""
    return signed(claims_of(token), alg="HS512")


def _sealed(header: dict[str, Any], claims: Any, secret: str) -> str:
    text = f"{_part(header)}.{_part(claims)}"
    digest = hmac.digest(secret.encode(), text.encode(), "sha512" if header["alg"] == "HS512" else "sha256")
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
