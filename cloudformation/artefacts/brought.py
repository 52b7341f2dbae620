"""What bringing an artefact along comes to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Brought:
    """The value that a stack's parameter takes, and what had to be done, or would have to be.

    `value` is None when it is only known after the upload that `plan` does not make. `changes` are lines for
    the operator, such as "dags/todo_insights/hours.py changed"; none when everything lay there already.
    """

    value: str | None
    changes: tuple[str, ...] = ()
