"""Where in a folder pip lives, and which release it is."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass

from .faults import PatchFault

_VERSION = re.compile(r"""^__version__ = ["']([^"']+)["']""", re.MULTILINE)

# The module that the patches add, in pip 10 and later, and in pip 9.
_MODULES = ("_internal/utils/analytics.py", "utils/analytics.py")


@dataclass(frozen=True)
class Tree:
    """A pip's source.

    package  the folder that is the package ``pip``.
    root     the repository or the unpacked sdist; None for an installed pip and an unpacked wheel.
    record   the RECORD that lists the package's files; None without one.
    """

    package: str
    root: str | None
    version: str
    record: str | None = None

    @property
    def kind(self) -> str:
        """What the tree is, in words."""
        return "source tree" if self.root else "package"

    def has_place_for(self, path: str) -> bool:
        """Whether a file of the repository belongs into this tree; tests and documentation do not into a wheel."""
        return self.root is not None or path.startswith(("src/pip/", "pip/"))

    def place(self, path: str) -> str:
        """Where a file of the repository is in this tree."""
        parts = path.split("/")
        for prefix in (["src", "pip"], ["pip"]):
            if parts[: len(prefix)] == prefix:
                return os.path.join(self.package, *parts[len(prefix) :])
        return os.path.join(self.root or self.package, *parts)


def find(folder: str) -> Tree:
    """The pip in a folder: a repository or sdist, an unpacked wheel or site-packages, or the package itself.

    Raises PatchFault where there is none, and where it is patched already.
    """
    folder = os.path.abspath(folder)
    for parts in (("src", "pip"), ("pip",), ()):
        package = os.path.join(folder, *parts)
        version = _version(package)
        if version is None:
            continue
        is_source = len(parts) == 2 or (len(parts) == 1 and os.path.exists(os.path.join(folder, "setup.py")))
        root = folder if is_source else None
        for module in _MODULES:
            if os.path.exists(os.path.join(package, *module.split("/"))):
                raise PatchFault(f"pip {version} in {package} is patched already (it has {module})")
        return Tree(package, root, version, None if root else _record(package, version))
    raise PatchFault(f"there is no pip in {folder}: give a source tree, an unpacked wheel or a site-packages folder")


def _version(package: str) -> str | None:
    try:
        with open(os.path.join(package, "__init__.py"), encoding="utf-8") as file:
            match = _VERSION.search(file.read())
    except (OSError, UnicodeDecodeError):
        return None
    return match.group(1) if match and _is_pip(package) else None


def _is_pip(package: str) -> bool:
    return os.path.exists(os.path.join(package, "_internal")) or os.path.exists(os.path.join(package, "basecommand.py"))


def _record(package: str, version: str) -> str | None:
    beside = glob.escape(os.path.dirname(package))
    records = glob.glob(os.path.join(beside, f"pip-{glob.escape(version)}.dist-info", "RECORD"))
    return records[0] if records else None
