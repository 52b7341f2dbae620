"""Reads the tokens that this API issues: checks the signature of a token, then parses the claims once.

This module reads only tokens in exactly the form that `webapp.auth.issuing` creates. flask-jwt-extended reads
all other tokens and decides whether they are valid (docs/decisions/0051).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt
import orjson

from webapp.credentials.signing_keys import KeyRing, Keys, key_id

KINDS = {"sub": str, "sid": str, "jti": str, "type": str, "gen": int, "iat": int, "exp": int, "fresh": bool}


@dataclass(frozen=True)
class TokenReader:
    """Verifies tokens with the current keys."""

    keys: Keys

    def read(self, token: str) -> dict[str, Any] | None:
        """Return the claims of a token that one of our keys signed, or None for any other token.

        The caller checks the times, the type and the session.
        """
        signed, _, signature = token.rpartition(".")
        header, _, body = signed.partition(".")
        prepared = _signers(self.keys.ring()).get(header)
        if prepared is None:
            return None
        signer = prepared.copy()
        signer.update(signed.encode())
        digest = urlsafe_b64encode(signer.digest()).rstrip(b"=")
        if not hmac.compare_digest(digest, signature.encode()):
            return None
        claims = orjson.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        if not isinstance(claims, dict) or claims.keys() != KINDS.keys():
            return None
        if any(type(claims[name]) is not kind for name, kind in KINDS.items()):
            return None
        return claims


@lru_cache(maxsize=8)
def _signers(ring: KeyRing) -> dict[str, hmac.HMAC]:
    """Return an HMAC for each valid secret; the keys of the dictionary are encoded token headers.

    The header of a token contains the id of the secret that signed the token.
    """
    # To copy a prepared HMAC takes half of the time of `hmac.digest`, which prepares the key each time.
    return {
        jwt.encode({}, secret, "HS256", {"kid": key_id(secret)}).partition(".")[0]: hmac.new(
            secret.encode(), digestmod="sha256"
        )
        for secret in ring.secrets
    }
