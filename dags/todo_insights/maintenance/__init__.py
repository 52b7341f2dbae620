"""The published lake: late hours, erasure, compaction, and maintenance of files."""
