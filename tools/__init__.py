"""Commands that run the whole product on one machine, called by `make`. Deployed code never imports them."""


class ToolError(Exception):
    """A local command cannot do its work. The message explains how to fix the cause."""
