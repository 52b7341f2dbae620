"""Keys: the secret that signs tokens and cursors, and those whose signatures are believed."""

import hmac
from dataclasses import dataclass, field

from webapp.core.settings import Settings


@dataclass(frozen=True)
class KeyRing:
    """Secrets at one moment: `signing` signs, and what any of the `others` signed is believed as well."""

    signing: str = field(repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)

    @property
    def secrets(self) -> list[str]:
        """Every secret, the one that signs last."""
        return [*self.others, self.signing]

    @property
    def names(self) -> list[str]:
        """What tokens call the keys, in the same order."""
        return [key_id(secret) for secret in self.secrets]

    def find(self, name: str) -> str | None:
        """Return the secret of this name, None if there is none."""
        return dict(zip(self.names, self.secrets, strict=True)).get(name)


class Keys:
    """The keys of an application, which stay as they are for as long as the process lives."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    @classmethod
    def of(cls, settings: Settings) -> "Keys":
        """The keys that the settings hold."""
        previous = settings.jwt_secret_previous
        return cls(KeyRing(settings.jwt_secret, (previous,) if previous else ()))

    def ring(self) -> KeyRing:
        """Return the keys as they are now."""
        return self._ring

    def find(self, name: str) -> str | None:
        """Return the secret of this name, None if it is not, or no longer, one of ours."""
        return self.ring().find(name)


def key_id(secret: str) -> str:
    """The name of a signing key, which tells nothing about it."""
    return hmac.digest(secret.encode(), b"todo-api key id", "sha256").hex()[:16]
