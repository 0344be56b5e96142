"""Several files exchanged as one: what is begun is finished or taken back, by the next run if this one was killed.

Beside the files there is a folder with the new ones, the old ones and, from just before the first is exchanged until
all are, a list that says what has to be put back.
"""

from __future__ import annotations

import json
import os
import shutil

from ..signals import uninterrupted
from .errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping

_FOLDER = ".pep786-patching"
_LIST = "to-put-back.json"


def exchange(root: str, before: Mapping[str, bytes], files: Mapping[str, bytes]) -> None:
    """Write every file; if one cannot be written, all are as they were.

    root    the folder that all of them are in.
    before  what files held when they were read; one that holds something else by now is not overwritten.

    Raises PatchError and OSError.
    """
    work = os.path.join(root, _FOLDER)
    with uninterrupted():
        try:
            os.mkdir(work)
            existed = [_stage(work, number, path, data) for number, (path, data) in enumerate(files.items())]
            listed = [[os.path.relpath(path, root), there] for path, there in zip(files, existed)]
            for path, data in before.items():
                _check_unchanged(path, data)
            _write(os.path.join(work, _LIST), json.dumps(listed).encode())
            for number, path in enumerate(files):
                os.replace(_new(work, number), path)
            os.unlink(os.path.join(work, _LIST))
        except BaseException:
            put_back(root)
            raise
        shutil.rmtree(work)


def is_begun(root: str) -> bool:
    """Whether a run was ended in the midst of it."""
    return os.path.lexists(os.path.join(root, _FOLDER))


def put_back(root: str) -> None:
    """Have all be as it was before the run that did not come to its end. Raises PatchError and OSError."""
    work = os.path.join(root, _FOLDER)
    try:
        with open(os.path.join(work, _LIST), "rb") as file:
            listed = json.load(file)
        listed = [(str(name), bool(existed)) for name, existed in listed]
    except (FileNotFoundError, ValueError, TypeError):  # the list is whole before the first file is exchanged
        listed = []
    for number, (name, existed) in enumerate(listed):
        path = _inside(root, name)
        if existed:
            if os.path.lexists(_old(work, number)):
                os.replace(_old(work, number), path)
        elif os.path.lexists(path):
            os.unlink(path)
    if os.path.lexists(os.path.join(work, _LIST)):
        os.unlink(os.path.join(work, _LIST))
    if os.path.lexists(work):
        shutil.rmtree(work)


def _inside(root: str, name: str) -> str:
    """The file's path. Raises PatchError for one elsewhere: the list may have come with a tree of somebody else's."""
    path = os.path.join(os.path.realpath(root), name)
    folder = os.path.join(os.path.realpath(os.path.dirname(path)), "")
    if not folder.startswith(os.path.join(os.path.realpath(root), "")):
        raise PatchError(f"{os.path.join(root, _FOLDER)} is none of ours; remove it")
    return path


def _stage(work: str, number: int, path: str, data: bytes) -> bool:
    """Lay the new file and the old one ready. Returns whether there is an old one."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    _write(_new(work, number), data)
    existed = os.path.lexists(path)
    if existed:
        shutil.copymode(path, _new(work, number))
        shutil.copy2(path, _old(work, number), follow_symlinks=False)
    return existed


def _check_unchanged(path: str, data: bytes) -> None:
    try:
        with open(path, "rb") as file:
            same = file.read() == data
    except FileNotFoundError:
        same = False
    if not same:
        raise PatchError(f"{path} was changed meanwhile, and nothing was")


def _write(path: str, data: bytes) -> None:
    with open(path, "xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _new(work: str, number: int) -> str:
    return os.path.join(work, f"new-{number}")


def _old(work: str, number: int) -> str:
    return os.path.join(work, f"old-{number}")
