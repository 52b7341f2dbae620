"""What is still in an account after an environment is gone, and what becomes of it."""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """What becomes of a leftover."""

    MUST_GO = "must go"
    BY_ITSELF = "goes by itself"
    KEPT = "kept on purpose"


@dataclass(frozen=True)
class Leftover:
    """One resource by its ARN, why it is there, and what becomes of it."""

    arn: str
    why: str
    fate: Fate = Fate.MUST_GO
