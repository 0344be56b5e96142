"""A TOML parser, wherever this Python has one, and never the current directory's."""

from __future__ import annotations

import os
import sys
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from typing import Any


def loads() -> Callable[[str], dict[str, Any]] | None:
    """That of tomllib, tomli, or what a pip brings along which is here already: none is imported just for this."""
    from contextlib import suppress

    names = ["tomllib", "tomli"]
    if "pip" in sys.modules:
        names += ["pip._vendor.tomli", "pip._vendor.toml", "pip._vendor.pytoml"]  # from 21.2, 20.1 and 10.0 on
    for name in names:
        with suppress(Exception):  # a broken tomli must not break its host; the next may do
            found: Callable[[str], dict[str, Any]] = _import(name).loads  # pragma: no mutate
            return found
    return None


def _import(name: str) -> Any:
    """Not from the current directory, which ``python -m`` puts first: a project must not bring the parser."""
    if name in sys.modules or not any(map(_is_here, sys.path)):
        return __import__(name, fromlist=["loads"])
    from importlib.machinery import PathFinder

    finders = sys.meta_path
    if _elsewhere not in finders:
        at = next((at for at, finder in enumerate(finders) if finder is PathFinder), 0)
        finders.insert(at, _elsewhere)
    _elsewhere.threads.add(get_ident())
    try:
        return __import__(name, fromlist=["loads"])
    finally:
        _elsewhere.threads.discard(get_ident())
        # Another thread may be going through the list just now, and would miss the next one.
        if "threading" not in sys.modules or sys.modules["threading"].active_count() == 1:
            finders.remove(_elsewhere)


class _Elsewhere:
    """Finds what these threads import, the parser and what that imports, as if the current directory were not there.

    sys.path stays as it is meanwhile: the host's other threads import by it.
    """

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def find_spec(self, name: str, path: Sequence[str] | None = None, _: object = None) -> ModuleSpec | None:
        if path is not None or get_ident() not in self.threads:
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, [entry for entry in sys.path if not _is_here(entry)])
        if spec is None:  # or the next one would look there
            raise ModuleNotFoundError(name)
        return spec


_elsewhere = _Elsewhere()


def _is_here(entry: str) -> bool:
    try:
        return not entry or os.path.samefile(entry, os.curdir)
    except (OSError, ValueError):
        return False
