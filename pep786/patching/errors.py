"""The one error of this package."""

from __future__ import annotations


class PatchError(Exception):
    """Why nothing was patched, in one line that names the file or the release."""
