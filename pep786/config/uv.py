"""Which project files uv reads: the one tool whose files hide each other by what is in them.

Source: ``FilesystemOptions::find`` and ``from_directory`` in uv's crates/uv-settings/src/lib.rs, and the
choice of the starting directory in crates/uv/src/lib.rs.
"""

from __future__ import annotations

from . import files
from .folders import present

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def project(folders: Iterable[str], join: Callable[[str, str], str]) -> tuple[list[str], list[str]]:
    """The uv.toml files and the pyproject.toml files that uv would read, strongest first.

    folders go from the current one upward; join joins a folder and a name. The nearest folder with a uv.toml
    or a ``[tool.uv]`` speaks, and in it the uv.toml hides the table. In a workspace uv starts at its root and
    never sees the member's settings; here both count, the root before the member, so that none is lost.
    """
    found: list[tuple[str, bool]] = []
    for folder in folders:
        uv_toml, pyproject = join(folder, "uv.toml"), join(folder, "pyproject.toml")
        plain = present(uv_toml)
        table, workspace = _tables(pyproject) if present(pyproject) else (False, False)
        if workspace or (not found and (plain or table)):
            found.insert(0, (uv_toml if plain else pyproject, plain))
        if workspace:
            break
    return [path for path, plain in found if plain], [path for path, plain in found if not plain]


def _tables(path: str) -> tuple[bool, bool]:
    """Whether the file has a ``[tool.uv]`` and a ``[tool.uv.workspace]``: by their headers, without a parser."""
    data, _ = files.read(path)
    if not data or b"uv" not in data:
        return False, False
    import re

    table = re.search(rb"^[ \t]*\[{0,2}[ \t]*tool[ \t]*\.[ \t]*['\"]?uv['\"]?[ \t]*[].=]", data, re.MULTILINE)
    if table is None and re.search(rb"^[ \t]*\[[ \t]*tool[ \t]*\]", data, re.MULTILINE):
        table = re.search(rb"^[ \t]*['\"]?uv['\"]?[ \t]*[.=]", data, re.MULTILINE)
    workspace = re.search(rb"^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*uv[ \t]*\.[ \t]*workspace[ \t]*\]", data, re.MULTILINE)
    return table is not None, workspace is not None
