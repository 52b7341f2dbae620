"""The change log: every write of the API commits a change to the log, and the pipeline reads the log."""

from webapp.changes.change import Build, Change, CommitResult, Entity, Origin, ProposedChange
from webapp.changes.claims import KeyClaims
from webapp.changes.log import ChangeLog

__all__ = ["Build", "Change", "ChangeLog", "CommitResult", "Entity", "KeyClaims", "Origin", "ProposedChange"]
