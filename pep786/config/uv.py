"""Which project files uv reads: the one tool whose files hide each other by what is in them.

Source: ``FilesystemOptions::find`` and ``from_directory`` in uv's crates/uv-settings/src/lib.rs, and the
choice of the directory to start from in crates/uv/src/lib.rs.
"""

from __future__ import annotations

from . import files
from .folders import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class _Folder:
    """What uv would look at in one folder: the file that speaks ("" none), and whether its search begins here."""

    def __init__(self, folder: str, join: Callable[[str, str], str]) -> None:
        uv_toml, pyproject = join(folder, "uv.toml"), join(folder, "pyproject.toml")
        self.plain = present(uv_toml)
        self.has_pyproject = present(pyproject)
        table, self.project, self.workspace = _tables(files.read(pyproject)[0])
        # A uv.toml hides the table beside it.
        self.speaks = uv_toml if self.plain else pyproject if table else ""


def project(folders: Iterable[str], join: Callable[[str, str], str]) -> tuple[list[str], list[str]]:
    """The uv.toml files and the pyproject.toml files to read, strongest first.

    folders go from the current one upward; join joins a folder and a name. uv begins at the workspace's root, or
    the project's, and there or above the first folder with a uv.toml or a ``[tool.uv]`` speaks. What stands nearer
    (a workspace member's settings) uv does not see; here it comes second, so that no opt-out is lost.
    """
    seen: list[_Folder] = []
    start = 0  # pragma: no mutate  None slices alike
    for path in folders:
        folder = _Folder(path, join)
        if folder.workspace or (folder.project and not any(one.has_pyproject for one in seen)):
            start = len(seen)
        seen.append(folder)
        if any(one.workspace for one in seen) and any(one.speaks for one in seen[start:]):
            break
    heard = []
    for first in (start, 0):
        heard += [folder for folder in seen[first:] if folder.speaks][:1]
    return [one.speaks for one in heard if one.plain], [one.speaks for one in heard if not one.plain]


def _tables(data: bytes | None) -> tuple[bool, bool, bool]:
    """Whether there are a ``[tool.uv]``, a ``[project]`` and a workspace: by their headers, without a parser."""
    if not data:
        return False, False, False
    import re

    def header(pattern: bytes) -> bool:
        return re.search(rb"^[ \t]*" + pattern.replace(b" ", rb"[ \t]*"), data, re.MULTILINE) is not None

    table = header(rb"(?:\[{1,2} )?tool \. ['\"]?uv['\"]? [].=]") or (
        header(rb"\[ tool \]") and header(rb"['\"]?uv['\"]? [.=]")
    )
    return table, header(rb"\[ project \]"), header(rb"\[ tool \. uv \. workspace \]")
