"""instant-python (``ipy``): a variable switches it off, spelled exactly.

Its settings are pydantic's (instant_python/metrics/infra/post_hog_config.py of 0.27.1): a value that is none of
pydantic's words for a boolean ends every command with an error. The documented line for cmd.exe,
``set IPY_METRICS_ENABLE=false && ipy``, sets "false" and a blank, which is none.
"""

from __future__ import annotations

import os

from . import request
from .said import Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Mapping, MutableMapping

NAME = "instant-python"
COMMAND = "ipy"
VARIABLE = "IPY_METRICS_ENABLE"
SWITCH = f"{VARIABLE}=false"

# What pydantic takes for a boolean; blanks around it are ours, for the line of cmd.exe.
_YES = ("1", "true", "t", "yes", "y", "on")
_NO = ("0", "false", "f", "no", "n", "off")


def said(environ: Mapping[str, str], cwd: str | None = None) -> Said:
    """What the variable says, in any case as pydantic reads it; then ``.env`` of the current directory.

    That file may come with a checkout, and so cannot undo the person's opt-out (design, D6).
    """
    for name, value in _spellings(environ):
        word = value.strip().lower()
        if word not in _YES + _NO:
            return Said(f"{name}={value!r} is no boolean: every command ends with an error")
        text = f"{name}={value.strip()}"
        if value != value.strip():
            text += " and a blank: every command ends with an error"
        return Said(text, allowed=word in _YES)
    from ..config import files

    data, _ = files.read(os.path.join(cwd or os.curdir, ".env"))
    for line in (data or b"").decode("utf-8", "replace").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name.strip().upper().split()[-1:] == [VARIABLE]:
            return Said(f".env in the current directory: {VARIABLE}={ascii(value.strip())[1:-1]}")
    return Said(f"{VARIABLE} is not set: metrics are sent")


def quiet(environ: MutableMapping[str, str]) -> None:
    """Set the variable as it has to be set, unless the person said yes with it."""
    if said(environ).allowed:
        return
    for name, _ in _spellings(environ):
        del environ[name]
    environ[VARIABLE] = "false"


def guard(_module: ModuleType) -> None:
    """The package is there and has not read its settings yet: now the variable counts still."""
    if request.quiets(NAME):
        quiet(os.environ)


def _spellings(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in environ.items() if name.upper() == VARIABLE]


GATES = {"instant_python": guard}
