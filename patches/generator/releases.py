"""The released wheels of pip: which there are, what is in each, and which Pythons run it."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

from flavours import Flavour

if TYPE_CHECKING:
    from pathlib import Path

OLDEST = (9, 0, 3)


def version_key(version: str) -> tuple[int, ...]:
    """For sorting releases: pip's final releases are numbers and dots."""
    return tuple(map(int, version.split(".")))


def wheels(folder: Path) -> dict[str, Path]:
    """The final releases in a folder of wheels, oldest first."""
    found = {}
    for path in folder.glob("pip-*.whl"):
        version = path.name.split("-")[1]
        if re.fullmatch(r"[\d.]+", version) and version_key(version) >= OLDEST:
            found[version] = path
    return {version: found[version] for version in sorted(found, key=version_key)}


class Release:
    """One release's files, as the repository has them: a mapping from repository path to text."""

    def __init__(self, version: str, wheel: Path) -> None:
        self.version = version
        self.is_old = version_key(version)[0] < 10
        self.root = "pip" if self.is_old else "src/pip"
        with zipfile.ZipFile(wheel) as archive:
            self.files = {
                "/".join([self.root, *name.split("/")[1:]]): archive.read(name).decode("utf-8").replace("\r\n", "\n")
                for name in archive.namelist()
                if re.match(r"pip/(?!_vendor/).*\.py$", name)
            }
            self.vendored = {name.split("/")[2].partition(".")[0] for name in archive.namelist() if "/_vendor/" in name}
        self.flavour = self._flavour()

    def first(self, *names: str) -> str:
        """The path of the first of these files that the release has."""
        inner = "" if self.is_old else "_internal/"
        for name in names:
            if f"{self.root}/{inner}{name}" in self.files:
                return f"{self.root}/{inner}{name}"
        raise LookupError(f"pip {self.version} has none of {names}")

    def session_builder(self) -> str:
        """Where sessions are made from options."""
        names = ("cli/index_command.py", "cli/req_command.py", "cli/base_command.py", "basecommand.py")
        return self.first(*(name for name in names if "def _build_session(" in self.text(name)))

    def text(self, name: str) -> str:
        """A file's text, "" if the release has none of that name."""
        return self.files.get(f"{self.root}/{'' if self.is_old else '_internal/'}{name}", "")

    def _flavour(self) -> Flavour:
        """Told from the release's own files rather than from its number where they say."""
        options = self.files[self.first("cli/cmdoptions.py", "cmdoptions.py")]
        command = self.files[self.first("cli/base_command.py", "basecommand.py")]
        toml: str | None = next((name for name in ("tomli", "toml", "pytoml") if name in self.vendored), None)
        if "tomllib" in self.text("utils/compat.py"):
            toml = "tomllib"
        return Flavour(
            is_old=self.is_old,
            python2="from __future__ import absolute_import" in options or self.is_old,
            modern="from __future__ import annotations" in options,
            checked="# mypy: disallow-untyped-defs=False" in self.files[self.first("cli/parser.py", "baseparser.py")],
            annotated=re.search(r"^help_: Callable\[\.\.\., Option\]", options, re.MULTILINE) is not None,
            commented=re.search(r"# type: Callable\[\.\.\., Option\]", options) is not None,
            named=re.search(r"def __init__\(self, name(: str)?, summary", command) is not None,
            toml=toml,
        )


def pythons(version: tuple[int, ...]) -> tuple[str, ...]:
    """The Pythons that run a release, of 2.7 and 3.6 to 3.13: found by a download with each."""
    if version == (20, 0):  # yanked: its wheel has a stray folder, over which every command stumbles on import
        return ()
    last = {"2.7": (20, 3, 4), "3.6": (21, 3, 1), "3.7": (24, 0), "3.8": (25, 0, 1), "3.9": (26, 0, 1)}
    first = {"3.10": (19, 2), "3.11": (19, 2), "3.12": (23, 1, 2), "3.13": (23, 1, 2)}
    return (
        *(python for python, release in last.items() if version <= release),
        *(python for python, release in first.items() if version >= release),
    )
