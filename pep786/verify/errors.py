"""What can be wrong before any tool runs."""


class VerifyError(Exception):
    """One sentence for the person says what is wrong, and where."""


class NoToolError(VerifyError):
    """A tool that is not here, does not run or cannot be fetched."""


class DataError(VerifyError):
    """A file of cases, or a tool's description, that cannot be read; says which, where in it, and what is expected."""
