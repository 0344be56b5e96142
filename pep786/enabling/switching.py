"""Put the shim into an environment, or into an interpreter's standard library, and take it out again.

Nothing is noted elsewhere: what was done can be seen from the files. What makes the rest work is written last and
taken away first, so that a run which ends half way has done nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..locks import locked
from ..signals import uninterrupted
from . import files, safety
from .asking import OLDEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .asking import Interpreter

#: The folder that has this pep786.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

_PATIENCE = 120.0  # seconds for another run on the same folder
_HOOK = "_pep786_startup.py"
_STARTS = (3, 15)  # the first Python that reads .start files (PEP 829)


class EnablingError(Exception):
    """It is not done, and nothing was changed; the message is one line for the person."""


@dataclass(frozen=True)
class Report:
    """What became of one target.

    folder  where the files are.    notes  what the person should know besides.
    did     "enabled", "renewed" (was there, from elsewhere or another release), "already", "installed" (pep786-shim
            itself is), "disabled", or "absent" (there was nothing to take out).
    """

    folder: str
    did: str
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether files were, or with a dry run would be, changed."""
        return self.did in ("enabled", "renewed", "disabled")


def enable(target: Interpreter, *, venvs: bool = False, break_system: bool = False, dry: bool = False) -> Report:
    """Lead an environment to this pep786, or with venvs every environment of its installation.

    Raises :class:`EnablingError`, and OSError where something cannot be read or written.
    """
    folder = _folder(target, venvs=venvs)
    with locked(folder, _PATIENCE), uninterrupted():
        return _enable(target, folder, venvs=venvs, break_system=break_system, dry=dry)


def _enable(target: Interpreter, folder: str, *, venvs: bool, break_system: bool, dry: bool) -> Report:
    _check_python(target)
    if not venvs and _is_installed(target):
        return Report(folder, "installed")
    _check_manager(target, venvs=venvs, break_system=break_system)
    _check_edits(folder)
    wanted = {name: files.content(name, ROOT) for name in _names(target, venvs=venvs)}
    if venvs:
        _check_custom(target)
    if all(files.holds(os.path.join(folder, name), data) for name, data in wanted.items()):
        return Report(folder, "already")
    safety.check(ROOT, folder)
    did = "renewed" if is_enabled(folder) else "enabled"
    if not dry:
        _put_in(folder, wanted, undo=did == "enabled")
    return Report(folder, did, tuple(_notes(folder, venvs=venvs, dry=dry)))


def disable(target: Interpreter, *, venvs: bool = False, break_system: bool = False, dry: bool = False) -> Report:
    """Take out again what :func:`enable` put in, with the same arguments; all else is as it was before.

    Raises :class:`EnablingError`, and OSError where something cannot be read or written.
    """
    del break_system  # what we put in may be taken out whatever the installation says since
    folder = _folder(target, venvs=venvs)
    with locked(folder, _PATIENCE), uninterrupted():
        return _disable(folder, venvs=venvs, dry=dry)


def _disable(folder: str, *, venvs: bool, dry: bool) -> Report:
    if not any(os.path.lexists(os.path.join(folder, name)) for name in _ours(folder)):
        return Report(folder, "absent")
    _check_edits(folder)
    _check_writable(folder)
    if venvs:
        _check_kept(folder)
    if not dry:
        _take_out(folder)
    return Report(folder, "disabled")


def is_enabled(folder: str) -> bool:
    """Whether a folder has what leads its Python to a pep786, be it there or gone."""
    names = (files.PTH, files.START, files.CHAIN)
    return any(files.state(os.path.join(folder, name)) == "ours" for name in names)


def _folder(target: Interpreter, *, venvs: bool) -> str:
    if venvs:
        return target.stdlib
    found = next((folder for folder in target.sites if os.path.isdir(folder)), None)
    if found is None:
        raise EnablingError("it has no site-packages folder")
    return found


def _names(target: Interpreter, *, venvs: bool) -> list[str]:
    """The files for a Python, in the order in which they are written: the last is what calls the first."""
    if venvs:
        return [files.MODULE, files.CHAIN]
    return [files.MODULE, files.START if target.version >= _STARTS else files.PTH]


def _ours(folder: str) -> list[str]:
    """All there can be of ours in a folder, in the order in which it is taken away; sitecustomize only if it is."""
    names = [files.PTH, files.START, files.MODULE]
    chained = files.state(os.path.join(folder, files.CHAIN)) in ("ours", "edited")
    kept = os.path.lexists(os.path.join(folder, files.KEPT))
    return [files.CHAIN, *names] if chained or kept else names


def _check_python(target: Interpreter) -> None:
    if target.version[:2] < OLDEST:
        raise EnablingError(f"it is Python {target.number}; the shim needs {'.'.join(map(str, OLDEST))} or later")


def _is_installed(target: Interpreter) -> bool:
    return any(os.path.isfile(os.path.join(folder, _HOOK)) for folder in target.sites)


def _check_manager(target: Interpreter, *, venvs: bool, break_system: bool) -> None:
    if not break_system and target.marker and (venvs or not target.virtual):
        raise EnablingError(
            f"it is externally managed, says {target.marker} (PEP 668); --break-system-packages does it all the same"
        )


def _check_edits(folder: str) -> None:
    for name in (files.MODULE, files.PTH, files.START, files.CHAIN):
        state = files.state(os.path.join(folder, name))
        if state == "edited":
            raise EnablingError(f"{os.path.join(folder, name)} was edited since; remove it or undo that first")
        if state == "foreign" and name != files.CHAIN:
            raise EnablingError(f"{os.path.join(folder, name)} is not of our making")


def _check_custom(target: Interpreter) -> None:
    """Python prefers a package and an extension module to our file: those we cannot stand before."""
    custom = target.custom
    if custom and os.path.basename(custom) not in (files.CHAIN, files.CHAIN + "c"):
        raise EnablingError(f"its sitecustomize is {custom}, before which none of ours can stand")
    if custom and custom.endswith("c"):
        raise EnablingError(f"its sitecustomize is {custom}, of which there is no source to keep")


def _check_kept(folder: str) -> None:
    """A package manager may have put its own sitecustomize back over ours: then that is the one to stay."""
    chain, kept = os.path.join(folder, files.CHAIN), os.path.join(folder, files.KEPT)
    if files.state(chain) == "foreign" and os.path.lexists(kept) and not files.same(chain, kept):
        raise EnablingError(f"{chain} and {kept} are both there and differ, and neither is ours; remove one")


def _check_writable(folder: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EnablingError(f"{folder} is read-only for you")


def _notes(folder: str, *, venvs: bool, dry: bool) -> list[str]:
    notes = list(safety.notes(ROOT, folder))
    before = files.CHAIN if dry else files.KEPT
    if venvs and os.path.lexists(os.path.join(folder, before)):
        notes.append(f"the sitecustomize that was there is kept as {files.KEPT}, and runs as before")
    return notes


def _put_in(folder: str, wanted: dict[str, bytes], *, undo: bool) -> None:
    _check_writable(folder)
    try:
        for name, data in wanted.items():
            path = os.path.join(folder, name)
            if name == files.CHAIN and files.state(path) == "foreign":
                files.keep(path, os.path.join(folder, files.KEPT))
            files.write(path, data)
    except BaseException:
        if undo:
            _take_out(folder)
        raise


def _take_out(folder: str) -> None:
    chain, kept = os.path.join(folder, files.CHAIN), os.path.join(folder, files.KEPT)
    for name in _ours(folder):
        if name != files.CHAIN:
            files.remove(os.path.join(folder, name))
        elif files.state(chain) == "foreign":
            files.let_go(chain, kept)
        elif os.path.lexists(kept):
            files.restore(chain, kept)
        else:
            files.remove(chain)
