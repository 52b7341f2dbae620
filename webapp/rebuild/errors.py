"""Why a database cannot be rebuilt."""


class RebuildError(Exception):
    """The message tells the operator what to do."""


class AlreadyRebuiltError(Exception):
    """The lake is in this database already: no failure, and the message tells up to when."""
