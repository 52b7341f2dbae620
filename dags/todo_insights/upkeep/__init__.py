"""What keeps published hours true: late changes, erasure, compaction, maintenance."""
