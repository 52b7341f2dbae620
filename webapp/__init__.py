"""The to-do API: a Flask application whose every write is a change in an append-only log."""

__version__ = "0.1.0"
