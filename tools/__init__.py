"""Commands of `make` that run the whole product on one machine; deployed code never imports them."""


class ToolError(Exception):
    """A command on this machine cannot do its work; the message explains how to fix the cause."""
