"""The log of every committed change: the commit point of all writes and the source of all insight."""

from webapp.changes.change import Build, Change, CommitResult, Draft, Entity, Origin
from webapp.changes.log import ChangeLog

__all__ = ["Build", "Change", "ChangeLog", "CommitResult", "Draft", "Entity", "Origin"]
