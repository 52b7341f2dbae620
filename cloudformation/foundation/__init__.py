"""What the other stacks stand on: keys, secrets, artefact and log buckets, the topic of alerts."""

from cloudformation.foundation.stack import build

__all__ = ["build"]
