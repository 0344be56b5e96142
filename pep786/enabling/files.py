"""Files of ours in somebody else's folder: known again by a seal, written whole or not at all."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
from contextlib import suppress

#: The module that leads to us; what calls it, for Python up to 3.14 and from 3.15 on (PEP 829).
MODULE = "_pep786_startup_enabled.py"
PTH = "pep786_startup_enabled.pth"
START = "pep786_startup_enabled.start"
#: What every environment of an interpreter sees, and the name under which one that was there before is kept.
CHAIN = "sitecustomize.py"
KEPT = "sitecustomize_before_pep786.py"

_SEAL = b"# Placed by pep786 enable. SHA-256 of all below this line: "
_CALLS = {
    PTH: "import _pep786_startup_enabled; _pep786_startup_enabled.install()\n",
    START: "_pep786_startup_enabled:install\n",
}
_TEMPLATES = {MODULE: ("pointer.py", 'ROOT = ""', "ROOT = {}"), CHAIN: ("chain.py", 'KEPT = ""', "KEPT = {}")}


def content(name: str, root: str) -> bytes:
    """What the file of this name holds, sealed; root is the folder that has pep786."""
    if name in _CALLS:
        return _sealed(_CALLS[name])
    template, blank, filled = _TEMPLATES[name]
    with open(os.path.join(os.path.dirname(__file__), "placed", template), encoding="ascii") as file:
        lines = [line for line in file if not line.startswith(("# mypy:", "# ruff:"))]
    value = ascii(root if name == MODULE else KEPT)
    return _sealed("".join(lines).replace(blank, filled.format(value), 1))


def _sealed(text: str) -> bytes:
    body = text.encode("ascii")
    return _SEAL + hashlib.sha256(body).hexdigest().encode("ascii") + b"\n" + body


def state(path: str) -> str:
    """What is at a path: "absent", "ours" (of any release of ours), "edited" (it was ours), or "foreign".

    Raises OSError where that cannot be read.
    """
    if not os.path.lexists(path):
        return "absent"
    if os.path.islink(path) or not os.path.isfile(path):
        return "foreign"
    with open(path, "rb") as file:
        data = file.read()
    if not data.startswith(_SEAL):
        return "foreign"
    seal, _, body = data[len(_SEAL) :].partition(b"\n")
    return "ours" if seal == hashlib.sha256(body).hexdigest().encode("ascii") else "edited"


def holds(path: str, data: bytes) -> bool:
    """Whether a file is there with exactly these bytes."""
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read() == data


def write(path: str, data: bytes) -> None:
    """Write a file at once, readable by whoever may enter the folder, and the folder owner's. Raises OSError."""
    folder, name = os.path.split(path)
    part = os.path.join(folder, f".{name}.{secrets.token_hex(4)}")
    try:
        with open(part, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, 0o644)  # not left to the umask: a .pth whose module cannot be read is an error at each start
        _hand_over(part, folder)
        os.replace(part, path)
    finally:
        if os.path.lexists(part):
            os.unlink(part)
    forget_bytecode(path)


def _hand_over(path: str, folder: str) -> None:
    if os.name == "posix" and os.geteuid() == 0:
        owner = os.stat(folder)
        os.chown(path, owner.st_uid, owner.st_gid)


def remove(path: str) -> None:
    """Remove a file of ours and what Python made of it; none there is fine. Raises OSError."""
    if os.path.lexists(path):
        os.unlink(path)
    forget_bytecode(path)


def forget_bytecode(path: str) -> None:
    """Remove what Python compiled from a source file: it is told from a newer one by the second and the size only."""
    for cached in _bytecode(path):
        os.unlink(cached)
    if path.endswith(".py"):
        with suppress(OSError):  # not empty, as nearly always, or not there
            os.rmdir(os.path.join(os.path.dirname(path), "__pycache__"))


def keep(path: str, kept: str) -> None:
    """Have kept be the very file, or link, that path is; path stays too where the file system can do that.

    What Python compiled from it goes along: it stays good, since it knows its source by time and size.
    """
    if not _is_same(path, kept):
        part = f"{kept}.{secrets.token_hex(4)}"
        try:
            os.link(path, part, follow_symlinks=False)
        except (OSError, NotImplementedError):
            os.replace(path, kept)
        else:
            os.replace(part, kept)
    _move_bytecode(path, kept)


def restore(path: str, kept: str) -> None:
    """Have path be again what keep found there: the same file, with its time, owner and permissions."""
    forget_bytecode(path)
    os.replace(kept, path)
    _move_bytecode(kept, path)


def let_go(path: str, kept: str) -> None:
    """Forget what keep kept, where path is there again, or still, as it was."""
    _move_bytecode(kept, path)
    remove(kept)


def same(path: str, other: str) -> bool:
    """Whether two paths are links to the same place, or files with the same bytes."""
    if os.path.islink(path) or os.path.islink(other):
        return os.path.islink(path) and os.path.islink(other) and os.readlink(path) == os.readlink(other)
    with open(path, "rb") as file:
        return holds(other, file.read())


def _is_same(path: str, other: str) -> bool:
    return os.path.lexists(other) and os.path.samestat(os.lstat(path), os.lstat(other))


def _bytecode(path: str) -> list[str]:
    folder, name = os.path.split(path)
    stem, extension = os.path.splitext(name)
    if extension != ".py":
        return []
    return glob.glob(os.path.join(glob.escape(folder), "__pycache__", f"{stem}.*.pyc"))


def _move_bytecode(source: str, target: str) -> None:
    stem, other = (os.path.splitext(os.path.basename(path))[0] for path in (source, target))
    for cached in _bytecode(source):
        folder, name = os.path.split(cached)
        os.replace(cached, os.path.join(folder, other + name[len(stem) :]))
