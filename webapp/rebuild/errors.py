"""Why a database cannot be rebuilt."""


class RebuildError(Exception):
    """The message tells the operator what to do."""
