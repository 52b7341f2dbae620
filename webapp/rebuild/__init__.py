"""A lost database made again: from the log, or from what the lake has of it (docs/restore.md)."""
