"""What can go wrong on the way up, told to the person at the terminal."""


class ToolError(Exception):
    """A local tool cannot do its work; the message says what to do."""
