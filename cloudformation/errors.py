"""What can end a command; every message says what to do."""


class DeployError(Exception):
    """A command cannot go on; nothing is left half-done that running it again would not mend."""
