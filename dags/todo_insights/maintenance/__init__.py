"""Work on published hours: late hours, erasures, compaction, and removal and checks of files."""
