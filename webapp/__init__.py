"""The to-do API: a Flask application that stores every write as a change in an append-only log."""

__version__ = "0.1.0"
