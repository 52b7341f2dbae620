"""The resources that every other stack uses: keys, secrets, artefact and log buckets, the alert topic."""

from cloudformation.foundation.stack import build

__all__ = ["build"]
