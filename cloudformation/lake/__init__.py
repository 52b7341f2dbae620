"""The data lake: buckets and keys of the three zones, the Glue catalog and the Athena workgroup."""

from cloudformation.lake.stack import build

__all__ = ["build"]
