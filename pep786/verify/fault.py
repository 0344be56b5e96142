"""What can be wrong with asking for a tool, before any of it runs."""


class NoToolError(Exception):
    """A tool that is not here, does not run or cannot be fetched; one sentence for the person says which."""
