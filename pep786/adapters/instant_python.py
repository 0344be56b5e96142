"""instant-python, no packaging tool: left alone unless the person wants applications to be quiet (pep786/apps)."""

from ..apps.instant_python import GATES

__all__ = ["GATES"]
