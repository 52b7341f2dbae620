"""Tasks: the things to do."""
