"""plausipy: its consent is answered with no, in this process and on no disk.

Its own way, ``plausipy consent --deny``, holds for two weeks and then asks again; a program that requires consent is
ended by it, and one that asks where there is no terminal is ended by the question (plausipy/user.py and plausipy.py
of 0.6.0). So the answer is given where the consent is looked up, for all three of its scopes, and nobody is asked.
"""

from __future__ import annotations

import os
import sys

from . import request
from .said import Said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Mapping

NAME = "plausipy"
COMMAND = "plausipy"
SWITCH = "plausipy consent --deny"


def said(environ: Mapping[str, str], cwd: str | None = None) -> Said:  # noqa: ARG001  as the others are asked
    """What is in ``~/.plausipy/config/consent.json``: the general consent, and the packages that are named."""
    from ..config import files, folders, values

    home = folders.home(environ, sys.platform)
    data, problem = files.read(os.path.join(home, ".plausipy", "config", "consent.json"))
    if data is None:
        return Said(f"consent.json {problem}" if problem else "no choice yet: each program asks")
    import json

    try:
        document = json.loads(data.decode("utf-8"))
        general = document["general"]
        consent = str(general["consent"])
        text = f"consent {values.show(consent)}"
        if consent == "DENY":
            text += _lasting(general.get("deny_until", ""))
        names = sorted(str(entry["package"]) for entry in document["whitelist"])
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        return Said("consent.json is not as plausipy writes it")
    if names:
        text += f"; allowed by name: {values.show(', '.join(names), 200)}"
    return Said(text, allowed=consent == "ALLOW")


def guard(module: ModuleType) -> None:
    """Called with ``plausipy.plausipy``, before any program has registered itself."""
    if not request.quiets(NAME):
        return
    manager, program, no = module.ConsentManager, module.Plausipy, module.Consent.DENY
    look_up = manager.getPackageConsent

    def getPackageConsent(self: Any, package: str) -> Any:  # noqa: N802  as it is called there
        return look_up(self, package) if _chosen(self._data, package) else no

    def required(self: Any) -> bool:
        """A no would end a program that requires a yes."""
        return self.__dict__["_require_consent"] and _chosen(manager.get()._data, self._app_name)  # noqa: SLF001

    def require(self: Any, value: bool) -> None:
        self.__dict__["_require_consent"] = value

    getPackageConsent.__wrapped__ = look_up  # type: ignore[attr-defined]
    manager.getPackageConsent = getPackageConsent
    # No wrapper of __init__: plausipy reads the stack there, to learn whose program it is in.
    program._require_consent = property(required, require)  # noqa: SLF001  there is no other way in


def _chosen(consents: Any, package: str) -> bool:
    """Whether the person said yes to it: to all programs, or to this one by name; not to one they said no to."""
    if any(entry["package"] == package for entry in consents["blacklist"]):
        return False
    by_name = any(entry["package"] == package for entry in consents["whitelist"])
    return by_name or consents["general"]["consent"] == "ALLOW"


def _lasting(until: Any) -> str:
    from datetime import datetime

    if until == "":
        return " without a date: every program ends with an error"
    if until is None:
        return ", for two weeks from its next start"
    lapsed = datetime.fromisoformat(until) < datetime.now()  # noqa: DTZ005  local time, as it is written
    return f" until {until[:10]}" + (", lapsed: it asks again" if lapsed else "")


GATES = {"plausipy.plausipy": guard}
