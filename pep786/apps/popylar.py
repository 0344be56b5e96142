"""popylar: an event is dropped as after its ``opt_out()``, which nobody can call before the first one is sent.

``import popylar`` itself sends, and an event with a ``uid`` of the caller's is sent whatever the file says
(popylar/__init__.py and popylar.py of 0.2). Under us nothing is written to disk either: the file it would make holds
an identifier with the network card's address in it.
"""

from __future__ import annotations

import os
import re
import sys

from . import request
from .said import Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Mapping

NAME = "popylar"
COMMAND = None
SWITCH = "popylar.opt_out()"

# As popylar writes it by itself on the first import: a default, not somebody's yes.
_MADE = re.compile(rb"\[user\]\s+uid = [0-9a-f]{32}\s+track = True\s*", re.ASCII)


def said(environ: Mapping[str, str], cwd: str | None = None) -> Said:  # noqa: ARG001  as the others are asked
    """What ``~/.popylar`` says under ``[user] track``."""
    from ..config import files, folders

    path = os.path.join(folders.home(environ, sys.platform), ".popylar")
    data, problem = files.read(path)
    if data is None:
        return Said(f"~/.popylar {problem}" if problem else "no ~/.popylar: it sends, and makes one")
    if _MADE.fullmatch(data):
        return Said("~/.popylar as popylar made it: it sends")
    import configparser

    parser = configparser.ConfigParser()
    try:
        parser.read_string(data.decode("utf-8"))
        tracks = parser["user"].getboolean("track")
    except (configparser.Error, KeyError, ValueError):
        return Said("~/.popylar is not as popylar reads it: importing it ends with an error")
    if tracks is None:
        return Said("~/.popylar has no track under [user]: nothing is sent, but with an explicit uid")
    word = parser["user"]["track"]
    return Said(f"[user] track = {word!a} in ~/.popylar".replace("'", ""), allowed=tracks)


def guard(module: ModuleType) -> None:
    """Called with ``popylar.popylar``, before the package itself reports its own import."""
    if not request.quiets(NAME) or said(os.environ).allowed:
        return
    track_event = module.track_event

    def drop_event(*_args: Any, **_named: Any) -> bool:
        return False  # what popylar returns to those who opted out

    drop_event.__wrapped__ = track_event  # type: ignore[attr-defined]
    drop_event.__name__, drop_event.__doc__ = track_event.__name__, track_event.__doc__
    module.track_event = drop_event  # type: ignore[attr-defined]


GATES = {"popylar.popylar": guard}
