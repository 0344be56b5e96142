"""An edit of a file is done, or refused in one printable line; nothing else may come of it."""

from __future__ import annotations

from typing import Callable, TypeVar

from pep786.optout.errors import OptOutError

_Found = TypeVar("_Found")


def unless_refused(edit: Callable[[], _Found]) -> _Found | None:
    """What the edit gave; None for a refusal."""
    try:
        return edit()
    except OptOutError as refusal:
        assert str(refusal).isprintable()
        return None
