"""The one error of this package."""

from __future__ import annotations


class PatchFault(Exception):  # noqa: N818  named as the others here
    """Why nothing was patched, in one line that names the file or the release."""
