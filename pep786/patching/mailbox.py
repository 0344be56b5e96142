"""A patch file taken apart by the files it touches: a mail with diffs, as ``git format-patch`` writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_START = re.compile(r"^(?=diff --git a/)", re.MULTILINE)
_HEADER = re.compile(r"diff --git a/(?P<path>\S+) b/(?P=path)\n(?P<new>new file mode )?")


@dataclass(frozen=True)
class FilePatch:
    """What a patch does to one file.

    path  in the repository, with "/".
    new   whether the patch makes the file.
    text  the diff, beginning with its ``diff --git`` line.
    """

    path: str
    new: bool
    text: str


def read(path: str) -> list[FilePatch]:
    """The parts of a patch file, in its order; raises ValueError if it is none."""
    with open(path, encoding="utf-8", newline="") as file:
        parts = _START.split(file.read())[1:]
    headers = [_HEADER.match(part) for part in parts]
    if not parts or not all(header and _stays_inside(header["path"]) for header in headers):
        raise ValueError(f"{path} is not a patch made by git")
    return [FilePatch(header["path"], bool(header["new"]), part) for header, part in zip(headers, parts) if header]


def _stays_inside(path: str) -> bool:
    """Whether the path leads to a file of the tree wherever that is unpacked: git writes no other."""
    return not {"", ".", ".."}.intersection(path.split("/")) and not {"\\", ":"}.intersection(path)
