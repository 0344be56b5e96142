"""plausipy, no packaging tool: left alone unless the person wants applications to be quiet (pep786/apps)."""

from ..apps.plausipy import GATES

__all__ = ["GATES"]
