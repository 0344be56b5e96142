"""What the names in the table's templates stand for, on each platform.

Nothing is read from ``os.environ`` here but through ``os.path.expanduser``: what counts is the mapping
that is handed in. A variable that must hold an absolute path and does not is as if unset (the XDG base
directory specification, and platformdirs), so that no project can slip a file in through a relative one.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType


def pathmod(platform: str) -> ModuleType:
    """``ntpath`` for Windows, ``posixpath`` for the rest, whichever of them runs this."""
    if platform == "win32":
        import ntpath

        return ntpath
    import posixpath

    return posixpath


def home(environ: Mapping[str, str], platform: str) -> str:
    """The person's home folder, or "" when there is none to be found."""
    path = pathmod(platform)
    found = environ.get("USERPROFILE" if platform == "win32" else "HOME", "")  # pragma: no mutate  no path is none
    if not path.isabs(found) and platform == "win32":
        found = environ.get("HOMEDRIVE", "") + environ.get("HOMEPATH", "")  # pragma: no mutate  likewise
    if not path.isabs(found):
        found = os.path.expanduser("~")
    # "~" comes back unchanged when nobody knows; taken literally it would be a folder of the project.
    return str(found) if path.isabs(found) else ""


class Folders:
    """The values of one name for one environment: ``Folders(environ, platform)["APPDATA"]`` is a list."""

    def __init__(self, environ: Mapping[str, str], platform: str, prefix: str | None = None) -> None:
        self.environ = environ
        self.path = pathmod(platform)
        self.home = home(environ, platform)
        self.prefix = sys.prefix if prefix is None else prefix

    def __getitem__(self, name: str) -> list[str]:
        """The folders or files the name stands for, strongest first; a variable's own value for any other name."""
        computed = getattr(self, "_" + name.lower(), None)
        if computed is None:
            value = self._variable(name)
            return [value] if value else []
        return [folder for folder in computed() if folder]

    def _variable(self, name: str) -> str:
        return self.environ.get(name, "")

    def _absolute(self, variable: str, *fallback: str) -> str:
        value = self._variable(variable)
        if self.path.isabs(value):
            return value
        return self._below_home(*fallback)

    def _below_home(self, *parts: str) -> str:
        return str(self.path.join(self.home, *parts)) if self.home and parts else ""

    def _listed(self, variable: str) -> list[str]:
        return [entry for entry in self._variable(variable).split(":") if entry.startswith("/")]

    def _home(self) -> list[str]:
        return [self.home]

    def _prefix(self) -> list[str]:
        return [self.prefix]

    def _xdg_config_home(self) -> list[str]:
        return [self._absolute("XDG_CONFIG_HOME", ".config")]

    def _xdg_config_dirs(self) -> list[str]:
        return self._listed("XDG_CONFIG_DIRS") or ["/etc/xdg"]

    def _xdg_config_dirs_first(self) -> list[str]:
        return self._xdg_config_dirs()[:1]

    def _xdg_config_dirs_reversed(self) -> list[str]:
        return self._xdg_config_dirs()[::-1]

    def _xdg_data_dirs_reversed(self) -> list[str]:
        return self._listed("XDG_DATA_DIRS")[::-1]

    def _uv_system(self) -> list[str]:
        return [*self._xdg_config_dirs(), "/etc"]

    def _appdata(self) -> list[str]:
        return [self._absolute("APPDATA", "AppData", "Roaming")]

    def _localappdata(self) -> list[str]:
        return [self._absolute("LOCALAPPDATA", "AppData", "Local")]

    def _programdata(self) -> list[str]:
        known = self._absolute("PROGRAMDATA") or self._absolute("ALLUSERSPROFILE")
        return [known or self._systemdrive()[0] + "ProgramData"]

    def _systemdrive(self) -> list[str]:
        drive = self._variable("SYSTEMDRIVE")
        return [(drive if drive[1:] == ":" else "C:") + "\\"]

    def _macos_config(self) -> list[str]:
        """Platformdirs on macOS: XDG's variable first, since 4.6; then Apple's folder."""
        return [self._absolute("XDG_CONFIG_HOME", "Library", "Application Support")]

    def _macos_pip(self) -> list[str]:
        """Pip on macOS: Apple's folder if it has one for pip, else as on Linux but without XDG_CONFIG_HOME."""
        bases = [self._absolute("XDG_DATA_HOME"), self._below_home("Library", "Application Support")]
        for base in bases:
            if base and os.path.isdir(self.path.join(base, "pip")):
                return [self.path.join(base, "pip")]
        return [self._below_home(".config", "pip")]

    def _homebrew(self) -> list[str]:
        """The prefix of a Homebrew Python (the shape of the path is Homebrew's), or nothing."""
        for mark in ("/opt/python", "/Cellar/python"):
            root, found, _ = self.prefix.partition(mark)
            if root and found:
                return [root]
        return ["/opt/homebrew"] if self.prefix.startswith("/opt/homebrew/") else []

    def _macos_site_first(self) -> list[str]:
        brewed = [folder + "/share" for folder in self._homebrew()]
        return (self._listed("XDG_CONFIG_DIRS") or brewed or ["/Library/Application Support"])[:1]


def present(path: str) -> bool:
    """Whether the path exists; a loop of symbolic links does, a folder closed to us holds nothing."""
    try:
        os.stat(path)
    except OSError as error:
        return error.errno == errno.ELOOP
    except ValueError:
        return False
    return True
