"""The secrets with which the API signs tokens and cursors and verifies their signatures."""

import hmac
from dataclasses import dataclass, field

from webapp.core.settings import Settings


@dataclass(frozen=True)
class KeyRing:
    """The valid secrets: `signing` signs new tokens; signatures by `signing` or by `others` are accepted."""

    signing: str = field(repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> list[str]:
        """All valid secrets; the last one signs new tokens."""
        return [*self.others, self.signing]

    @property
    def names(self) -> list[str]:
        """The key ids of the secrets, in the order of `secrets`; the header of a token contains a key id."""
        return [key_id(secret) for secret in self.secrets]

    def find(self, name: str) -> str | None:
        """Return the secret with this key id, or None."""
        return dict(zip(self.names, self.secrets, strict=True)).get(name)


class Keys:
    """The signing keys of an application; the keys of this class do not change while the process runs."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @classmethod
    def of(cls, settings: Settings) -> "Keys":
        """Return the keys from the settings of the application."""
        previous = settings.jwt_secret_previous
        return cls(KeyRing(settings.jwt_secret, (previous,) if previous else ()))

    def ring(self) -> KeyRing:
        """Return the current keys."""
        return self._ring

    def find(self, name: str) -> str | None:
        """Return the secret with this key id, or None if it is not a current key."""
        return self.ring().find(name)


def key_id(secret: str) -> str:
    """Return the key id of a secret: a digest, which does not reveal the secret."""
    return hmac.digest(secret.encode(), b"todo-api key id", "sha256").hex()[:16]
