"""Where in a folder a tool's source lives, and which release it is."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from .errors import PatchError
from .series import TOOLS

# For each tool: files of which one tells that a package is that tool, and the modules of which the patches add one.
_LAYOUTS = {
    "pip": (("_internal", "basecommand.py"), ("_internal/utils/analytics.py", "utils/analytics.py")),
    "poetry": (("__main__.py",), ("utils/analytics.py",)),
    "pdm": (("__main__.py",), ("analytics.py",)),
    "hatch": (("__main__.py",), ("utils/analytics.py",)),
    "uv": (("crates/uv/Cargo.toml",), ("crates/uv-client/tests/it/no_analytics.rs",)),
}
_OWN_VERSION = re.compile(r"""^__version__ = ["']([^"']+)["']""", re.MULTILINE)
_METADATA = re.compile(r"^Version: (\S+)", re.MULTILINE)
_PYPROJECT = re.compile(r"""^version = ["']([^"']+)["']""", re.MULTILINE)
_TAG = re.compile(r"(?:^|v)(\d[\w.]*)$")

# In the repository, but not in every sdist.
_OPTIONAL = ("docs", "news", "clippy.toml", "uv.schema.json")


@dataclass(frozen=True)
class Tree:
    """A tool's source.

    package  the folder that is the tool's package; of uv, which is a program, the root.
    root     the repository or the unpacked sdist; None for an installed tool and an unpacked wheel.
    record   the RECORD that lists the package's files; None without one.
    """

    tool: str
    package: str
    root: str | None
    version: str
    record: str | None = None

    @property
    def kind(self) -> str:
        """What the tree is, in words."""
        return "source tree" if self.root else "package"

    @property
    def base(self) -> str:
        """The folder that all its files are in."""
        return self.root or os.path.dirname(self.package)

    def has_place_for(self, path: str) -> bool:
        """Whether a file of the repository belongs into this tree; tests and documentation do not into a wheel."""
        if self.root is None:
            return path.startswith((f"src/{self.tool}/", f"{self.tool}/"))
        top = path.partition("/")[0]
        return top not in _OPTIONAL or os.path.exists(os.path.join(self.root, top))

    def place(self, path: str) -> str:
        """Where a file of the repository is in this tree."""
        parts = path.split("/")
        for prefix in (["src", self.tool], [self.tool]):
            if parts[: len(prefix)] == prefix:
                return os.path.join(self.package, *parts[len(prefix) :])
        return os.path.join(self.root or self.package, *parts)


def find(folder: str, tool: str | None = None) -> Tree:
    """The tool in a folder: a repository or sdist, an unpacked wheel or site-packages, or the package itself.

    tool  which one, where there may be several.
    Raises PatchError where there is none or more than one.
    """
    folder = os.path.abspath(folder)
    found = [tree for name in ((tool,) if tool else TOOLS) for tree in [_tree(folder, name)] if tree]
    if not found:
        wanted = tool or "pip, poetry, pdm, hatch or uv"
        places = "" if tool == "uv" else ", an unpacked wheel or a site-packages folder"
        raise PatchError(f"there is no {wanted} in {folder}: give a source tree{places}")
    if len(found) > 1:
        names = " and ".join(tree.tool for tree in found)
        raise PatchError(f"there are {names} in {folder}: say which to patch with --tool")
    return found[0]


def refuse_patched(tree: Tree) -> None:
    """Raises PatchError where the tree has what the patches add."""
    for module in _LAYOUTS[tree.tool][1]:
        if os.path.exists(os.path.join(tree.package, *module.split("/"))):
            raise PatchError(f"{tree.tool} {tree.version} in {tree.package} is patched already (it has {module})")


def _tree(folder: str, tool: str) -> Tree | None:
    if tool == "uv":
        return Tree(tool, folder, folder, _version(tool, folder, folder)) if _is_package(folder, tool) else None
    for parts in (("src", tool), (tool,), ()):
        package = os.path.join(folder, *parts)
        if os.path.basename(package) != tool or not _is_package(package, tool):
            continue
        is_source = len(parts) == 2 or (len(parts) == 1 and _is_source(folder, tool))
        root = folder if is_source else None
        version = _own_version(package) if tool == "pip" else _version(tool, package, root)
        if version is not None:
            return Tree(tool, package, root, version, None if root else _beside(package, tool, version))
    return None


def _is_package(package: str, tool: str) -> bool:
    return any(os.path.exists(os.path.join(package, name)) for name in _LAYOUTS[tool][0])


def _is_source(folder: str, tool: str) -> bool:
    if any(os.path.exists(os.path.join(folder, name)) for name in ("setup.py", "PKG-INFO")):
        return True
    return bool(re.search(rf'^name = "{tool}"', _text(folder, "pyproject.toml"), re.MULTILINE))


def _own_version(package: str) -> str | None:
    match = _OWN_VERSION.search(_text(package, "__init__.py"))
    return match[1] if match else None


def _version(tool: str, package: str, root: str | None) -> str:
    """The release of a tool that asks for its own metadata when it runs."""
    if root is None:
        beside = os.path.join(glob.escape(os.path.dirname(package)), f"{tool}-[0-9]*.dist-info")
        texts = [(_METADATA, _text(folder, "METADATA")) for folder in sorted(glob.glob(beside))]
    else:
        texts = [(_METADATA, _text(root, "PKG-INFO")), (_PYPROJECT, _text(root, "pyproject.toml")), (_TAG, _tag(root))]
    for pattern, text in texts:
        match = pattern.search(text)
        if match:
            return match[1]
    raise PatchError(f"nothing in {root or os.path.dirname(package)} tells which release of {tool} it is")


def _tag(root: str) -> str:
    """The tag that a repository is at, "" if it is at none."""
    if not os.path.exists(os.path.join(root, ".git")) or not shutil.which("git"):
        return ""
    command = ["git", "-C", root, "describe", "--tags", "--exact-match"]
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode("utf-8", "replace").strip()


def _text(folder: str, name: str) -> str:
    try:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


def _beside(package: str, tool: str, version: str) -> str | None:
    """The RECORD beside a package."""
    folder = glob.escape(os.path.dirname(package))
    records = glob.glob(os.path.join(folder, f"{tool}-{glob.escape(version)}.dist-info", "RECORD"))
    return records[0] if records else None
