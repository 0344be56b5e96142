"""Patches: whatever the mail says, no file is named that is not in the tree, and what is no patch is refused."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Iterator

from pep786.patching import engines, mailbox
from pep786.patching.trees import Tree
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    *(b"diff --git a/", b" b/", b"../", b"/", b"\n", b"new file mode 100644\n", b"index 0..1\n", b"--- a/", b"+++ b/"),
    *(
        b"@@ -0,0 +1 @@\n",
        b"@@ -1 +1 @@\n",
        b"+x\n",
        b"-x\n",
        b" x\n",
        b"/dev/null\n",
        b"src/pip/",
        b"pip/",
        b"\\",
        b"C:",
    ),
    *(b"rename from ", b"rename to ", b"deleted file mode 100644\n", b"GIT binary patch\n", b".git/config", b"\r\n"),
)
_MAIL = "From x\nSubject: y\n\n---\n"


def seeds() -> Iterator[bytes]:
    """Small ones, good and bad."""
    change = "--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n-x\n+y\n"
    for path in ("src/pip/x.py", "../x", "/x", "a/../../x", "a/./b", "a\\..\\b", "C:/x", ".git/config", "a//b"):
        yield f"{_MAIL}diff --git a/{path} b/{path}\n{change.format(path)}".encode()
    new = "new file mode 100644\n--- /dev/null\n+++ b/../n\n@@ -0,0 +1 @@\n+x\n"
    yield f"diff --git a/n b/n\n{new}diff --git a/m b/m\n{new.replace('../n', 'm')}".encode()
    yield b"diff --git a/x b/y\nrename from x\nrename to y\n"
    real = min((CHECKOUT / "patches" / "hatch").glob("*.patch"))
    yield real.read_bytes()[:1500]


def check(data: bytes, folder: Path) -> None:
    """Data is the patch file."""
    path = folder / "x.patch"
    path.write_bytes(data)
    try:
        parts = mailbox.read(str(path))
    except ValueError:
        return
    text = data.decode("utf-8")
    first = re.search(r"^diff --git a/", text, re.MULTILINE)
    assert first
    assert "".join(part.text for part in parts) == text[first.start() :]
    root = str(folder / "tree")
    for tree in (Tree("pip", f"{root}/src/pip", root, "1"), Tree("pip", f"{root}/pip", None, "1")):
        for part in parts:
            place = os.path.normpath(tree.place(part.path))
            assert place.startswith(root + os.sep), part.path
    nothing_beside_the_scratch(parts, folder)


def nothing_beside_the_scratch(parts: list[mailbox.FilePatch], folder: Path) -> None:
    """The library, which works in this process, writes where it is told to and nowhere else."""
    if engines._library() is None:
        return
    scratch = folder / "around" / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    (scratch / "x").write_text("x\n")
    for part in parts[:2]:
        with suppress(Exception):  # its own way to say that this is no patch; ours all are
            engines.run("patch-ng", str(scratch), part.text)
    assert os.listdir(folder / "around") == ["scratch"]
