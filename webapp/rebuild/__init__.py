"""Rebuilds the projection from the change log, or a lost database from the copy of the log in the lake.

docs/runbooks/rebuild-from-the-lake.md describes the procedure.
"""
