"""Put a patch into a tree, all of it or nothing.

The patch is applied to copies; only when every file came out are they moved into place (undoing.py). Line ends are
the tree's own: some releases' wheels have CRLF where the repository has LF, so copies are turned to LF, patched, and
turned back, file by file.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from ..locks import locked
from . import engines, mailbox, series, trees, undoing
from .errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .mailbox import FilePatch
    from .trees import Tree


@dataclass(frozen=True)
class Applied:
    """What was done, or with ``check`` would be.

    changed, added  paths of files.
    engine          what applied the patch.
    """

    tree: Tree
    release: series.Release
    engine: str
    changed: tuple[str, ...]
    added: tuple[str, ...]


def apply(folder: str, *, tool: str | None = None, check: bool = False, engine: str | None = None) -> Applied:
    """Patch the tool in a folder; with check, only find out whether that can be done.

    tool    which one, where there may be several.
    engine  "git", "patch" or "patch-ng"; the first of these that is here if None.
    Raises PatchError, in which case nothing is changed; OSError where files cannot be read or written.
    """
    tree = trees.find(folder, tool)
    with locked(tree.base, 0) as alone:
        if not alone:
            raise PatchError(f"{tree.base}: another run is patching it")
        if undoing.is_begun(tree.base):
            if check:
                raise PatchError(f"{tree.base}: a run was killed half way; without --check it is taken back first")
            undoing.put_back(tree.base)
        return _apply(tree, check=check, engine=engine)


def _apply(tree: Tree, *, check: bool, engine: str | None) -> Applied:
    trees.refuse_patched(tree)
    release = series.find(tree.tool, tree.version)
    engine = engines.choose(engine)
    parts = [part for part in mailbox.read(release.patch) if tree.has_place_for(part.path)]
    before = {part.path: _read(tree, part) for part in parts if not part.new}
    after = _patched(parts, before, engine)
    files = {tree.place(path): _with_ends_of(before.get(path, b""), data) for path, data in after.items()}
    added = tuple(tree.place(part.path) for part in parts if part.new)
    if tree.record is not None:
        files[tree.record] = _record(tree, files, tree.record)
    if not check:
        read = {tree.place(path): data for path, data in before.items()}
        undoing.exchange(tree.base, read, files)
    return Applied(tree, release, engine, tuple(path for path in files if path not in added), added)


def _read(tree: Tree, part: FilePatch) -> bytes:
    path = tree.place(part.path)
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise PatchError(
            f"{tree.tool} {tree.version} in {tree.package} is not as released: there is no {path}"
        ) from None


def _patched(parts: list[FilePatch], before: dict[str, bytes], engine: str) -> dict[str, bytes]:
    """Every file of the patch as it is afterwards, with LF line ends."""
    after = {}
    with tempfile.TemporaryDirectory(prefix="pep786-patch-") as scratch:
        for path, data in before.items():
            _write(os.path.join(scratch, path), data.replace(b"\r\n", b"\n"))
        for part in parts:  # one at a time, to say which file does not fit
            os.makedirs(os.path.dirname(os.path.join(scratch, part.path)), exist_ok=True)
            if engines.run(engine, scratch, part.text) is not None:
                raise PatchError(f"{part.path} is not as released: the patch does not fit, and nothing was changed")
            with open(os.path.join(scratch, part.path), "rb") as file:
                after[part.path] = file.read().replace(b"\r\n", b"\n")
    return after


def _with_ends_of(model: bytes, data: bytes) -> bytes:
    """The data with CRLF line ends if that is what the model has."""
    return data.replace(b"\n", b"\r\n") if model.count(b"\r\n") * 2 > model.count(b"\n") else data


def _record(tree: Tree, files: dict[str, bytes], record: str) -> bytes:
    """The RECORD (PEP 376) with the new digests and files, so that an upgrade removes what was added."""
    root = os.path.dirname(tree.package)
    rows = {
        os.path.relpath(path, root).replace(os.sep, "/"): [
            "sha256=" + urlsafe_b64encode(sha256(data).digest()).decode().rstrip("="),
            str(len(data)),
        ]
        for path, data in files.items()
    }
    with open(record, encoding="utf-8", newline="") as file:
        text = file.read()
    lines = [[row[0], *rows.pop(row[0], row[1:])] for row in csv.reader(io.StringIO(text)) if row]
    lines[-1:-1] = [[path, *row] for path, row in rows.items()]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n" if "\r\n" in text else "\n").writerows(lines)
    return out.getvalue().encode()


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
