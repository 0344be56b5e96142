"""A person's files in one input: ``=== PATH`` begins each, and what stands above the first says how they are read."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = ("pyproject.toml", "uv.toml", "poetry.toml", "pdm.toml", "hatch.toml", "Pipfile", ".pip-tools.toml")

#: Named like a project's, and none.
UV = ("home/.config/uv/uv.toml", "machine/uv/uv.toml")

#: What may be written, below the folder of one input.
PATHS = (
    "named",
    "home/.config/pip/pip.conf",
    "home/.pip/pip.conf",
    "machine/pip/pip.conf",
    *(f"home/{name}" for name in PROJECT[:2]),
    *(f"home/project/{name}" for name in PROJECT),
    *UV,
    "home/.config/pypoetry/config.toml",
    "home/.config/pdm/config.toml",
    "home/.config/hatch/config.toml",
    "home/.config/pep786/config.toml",
)

_HEADER = re.compile(rb"(?:\A|\n)=== ([^\n]*)(?:\n|\Z)")

WORDS = (
    *(f"\n=== {path}\n".encode() for path in PATHS),
    *(b"no-analytics", b"no_analytics", b"no-analytics = true\n", b"no-analytics = false\n", b"--No-Analytics"),
    *(b"[global]\n", b"[install]\n", b"[DEFAULT]\n", b"[tool.uv]\n", b"[tool]\n", b"[tool.pep786]\n", b"[tool.pip]\n"),
    *(b"[tool.pdm]\n", b"[[tool.uv.index]]\n", b"[pipenv]\n", b"[", b"]", b"{", b"}", b" = ", b": ", b"'", b'"""'),
    *(b"\n ", b"\r\n", b"\r", b"\0", b"#", b";", b"true", b"false", b"on", b"off", b"1e400", b"nan", b"1979-05-27"),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xed\xb2\x80",
        b".",
        b",",
        b"%(x)s",
        b"\x1b[2J",
        b"\\u002d",
        b'"no\\u002danalytics" = true\n',
        b"\xe2\x80\xa8",
    ),
)


def written(head: str, **files: str) -> bytes:
    """An input: the head, and files by the beginning of the one path that ends so."""
    parts = [head]
    for end, content in files.items():
        path = next(path for path in PATHS if path.replace("/", "_").replace(".", "_").endswith(end))
        parts.append(f"=== {path}\n{content}")
    return "\n".join(parts).encode()


def taken_apart(data: bytes) -> tuple[list[str], dict[str, bytes]]:
    """The words of the head, and the contents by path."""
    head, *rest = _HEADER.split(data)
    pairs = zip(rest[::2], rest[1::2])
    contents = {path.decode("latin-1"): content for path, content in pairs}
    return head.decode("latin-1").split(), {path: contents[path] for path in PATHS if path in contents}


def put(folder: Path, contents: dict[str, bytes]) -> dict[str, str]:
    """Write the files, and no others. Returns the variables of a person who has them."""
    root = str(folder)
    for name in PATHS:
        path = f"{root}/{name}"
        if name in contents:
            _write(path, contents[name])
        elif os.path.exists(path):
            os.unlink(path)
    os.makedirs(f"{root}/home/project", exist_ok=True)
    return {"HOME": f"{root}/home", "XDG_CONFIG_DIRS": f"{root}/machine"}


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)
