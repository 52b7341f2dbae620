"""Texts for people: a number with its noun."""


def counted(number: int, noun: str) -> str:
    """A number with its noun in the singular or the plural, like `1 hour` and `2 hours`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
