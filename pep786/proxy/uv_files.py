"""Which configuration files uv reads, exactly, and in which order: a copy must leave out none and add none.

Source: ``run`` in uv's crates/uv/src/lib.rs, ``FilesystemOptions::find`` in crates/uv-settings/src/lib.rs, and
``Workspace::discover`` in crates/uv-workspace/src/workspace.rs, of uv 0.5 to 0.13. :mod:`pep786.config.uv` answers
another question: where a person may have written the key.
"""

from __future__ import annotations

import os

from ..config import files, toml
from ..config.locations import places
from ..config.values import show
from . import globs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, Mapping

    from .uv_options import Line

# The first release that knows each variable. Since the last of these uv looks for the project of the script that
# it is to run beside the script, not where it is started.
_SINCE = {
    "UV_PROJECT": (0, 6, 11),
    "UV_WORKING_DIRECTORY": (0, 9, 1),
    "UV_WORKING_DIR": (0, 9, 14),
    "UV_NO_SYSTEM_CONFIG": (0, 11, 16),
}
_BESIDE_THE_SCRIPT = (0, 12, 0)
_NEWEST = (1 << 16,)

# What `uv run` is told of its program.
_MODULE, _SCRIPT = ("-m", "--module"), ("-s", "--script", "--gui-script")

_STANDARD_INPUT = "/dev/stdin"


class NotReadableError(ValueError):
    """A file that uv may be able to read, and we are not; the message names it and says why.

    It is too large, a FIFO, or TOML 1.1, say. Where uv cannot read it either, uv ends or goes past it.
    """

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{show(path, 4096)} {why}")


class Source:
    """A file that uv reads: its path, its text, and the table of uv's settings in it."""

    __slots__ = ("path", "settings", "text")

    def __init__(self, path: str, text: str, settings: dict[str, Any]) -> None:
        self.path = path
        self.text = text
        self.settings = settings


def understood(line: Line, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The variables without those that this uv is too old for: it is asked only if there is one to ask about."""
    doubtful = [name for name in _SINCE if environ.get(name)]
    if not doubtful:
        return environ
    version = _version(line, environ)
    return {name: value for name, value in environ.items() if version >= _SINCE.get(name, version)}


def sources(line: Line, environ: Mapping[str, str], cwd: str | None = None) -> list[Source]:
    """Every file that uv reads for its settings, strongest first. Raises NotReadableError."""
    named = line.named_file(environ, cwd)
    if named:
        return [source for source in [_uv_toml(named)] if source]
    if line.reads_no_files(environ):
        return []
    found = []
    if line.words[:1] not in (["tool"], ["self"]):
        found.append(_project(_start(line, environ, cwd)))
    found += [_uv_toml(path) for path in beyond_the_project(environ)]
    return [source for source in found if source]


def mentioned(
    line: Line, environ: Mapping[str, str], cwd: str | None, words: tuple[bytes, ...], *, unread: bool
) -> bool:
    """Whether any file that might be among the sources has one of the words in it: cheap, and no parser.

    unread  what that is to be for a file that only uv can read.
    """
    named = line.named_file(environ, cwd)
    paths = [named] if named else list(beyond_the_project(environ))
    for start in () if named else _starts(line, environ, cwd):
        for folder in upward(start):
            paths += [os.path.join(folder, "uv.toml"), os.path.join(folder, "pyproject.toml")]
    for path in dict.fromkeys(paths):
        try:
            data = _read(path)
        except NotReadableError:
            if unread:
                return True
            continue
        if data and any(word in data for word in words):
            return True
    return False


def script(line: Line, environ: Mapping[str, str], cwd: str | None = None) -> str | None:
    """The Python script that uv is to run or to work on, which may have settings in its head (PEP 723)."""
    target = line.values.get("--script")
    if target is None and line.words == ["run"] and line.program and not line.says(*_MODULE):
        target = line.program[0]
        if not line.says(*_SCRIPT) and target != "-" and not target.lower().endswith((".py", ".pyc", ".pyw")):
            return None
    if target is None or "://" in target:
        return None
    if target == "-":
        return _STANDARD_INPUT if os.path.isfile(_STANDARD_INPUT) else None  # a pipe is uv's to read
    return os.path.join(line.directory(environ, cwd), target)


def script_block(path: str) -> tuple[str, int]:
    """The settings in a script's head, and how many lines stand before them; "" where there are none.

    As uv finds them: from the first tag on, up to the last line of the comment that can be the end.
    Raises NotReadableError.
    """
    import re

    data = _read(path)
    text = data.decode("utf-8", "replace") if data and b"# /// script" in data else ""
    tag = re.search(r"(?:\A|[\r\n])# /// script[ \t]*\r?\n", text)
    if tag is None:
        return "", 0
    lines, size = [], 0
    for line in text[tag.end() :].split("\n"):
        if line.rstrip("\r") != "#" and not line.startswith("# "):
            break
        lines.append(line[2:].rstrip("\r"))
        size = len(lines) - 1 if lines[-1].rstrip() == "///" else size
    return "\n".join(lines[:size]), text.count("\n", 0, tag.end())


def beyond_the_project(environ: Mapping[str, str]) -> list[str]:
    """The person's uv.toml and the machine's."""
    found = places("uv", environ)
    return [place.path for place in found if place.scope in ("user", "global") and _is_uv_toml(place.path)]


def _is_uv_toml(path: str) -> bool:
    return os.path.basename(path) == "uv.toml"


def _starts(line: Line, environ: Mapping[str, str], cwd: str | None) -> list[str]:
    """The folders that uv may look for the project from, by its version: the newest's first."""
    project = line.project(environ, cwd)
    if project:
        return [project]
    here = line.directory(environ, cwd)
    target = line.program[0] if line.words == ["run"] and line.program else ""
    if not os.path.dirname(target) or line.says(*_MODULE) or "://" in target:
        return [here]
    path = os.path.join(here, target)
    runs = (
        line.says(*_SCRIPT)
        or (target.lower().endswith((".py", ".pyc", ".pyw")) and os.path.isfile(path))
        or os.path.isfile(os.path.join(path, "__main__.py"))
        or _is_zip(path)
    )
    return [os.path.normpath(os.path.dirname(path)), here] if runs else [here]


def _is_zip(path: str) -> bool:
    import zipfile

    return os.path.isfile(path) and zipfile.is_zipfile(path)


def _start(line: Line, environ: Mapping[str, str], cwd: str | None) -> str:
    starts = _starts(line, environ, cwd)
    if len(starts) == 1:
        return starts[0]
    return starts[0] if _version(line, environ) >= _BESIDE_THE_SCRIPT else starts[1]


def _version(line: Line, environ: Mapping[str, str]) -> tuple[int, ...]:
    """What uv says of itself, which takes it a hundredth of a second; the newest if it says nothing."""
    import re
    import subprocess

    try:
        done = subprocess.run(
            [*line.start, "--version"],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
        )
    except OSError:
        return _NEWEST
    number = re.search(rb"(\d+)\.(\d+)\.(\d+)", done.stdout)
    return tuple(int(part) for part in number.groups()) if number else _NEWEST


def upward(folder: str) -> Iterator[str]:
    """A folder, then the one that it is in, and so on."""
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _project(start: str) -> Source | None:
    """The first file of a folder upward from the workspace's root, else from the start, that has settings."""
    for folder in upward(_root(start) or start):
        path = os.path.join(folder, "uv.toml")
        if os.path.lexists(path):
            return _uv_toml(path)
        text, document = _pyproject(folder)
        settings = table(document, "tool", "uv")
        if settings is not None:
            return Source(os.path.join(folder, "pyproject.toml"), text, settings)
    return None


def _root(start: str) -> str | None:
    """The root of the workspace that a folder belongs to, by uv's rules; None: there is none."""
    project = next((folder for folder in upward(start) if os.path.isfile(os.path.join(folder, "pyproject.toml"))), None)
    if project is None:
        return None
    document = _pyproject(project)[1]
    if (table(document, "tool", "uv") or {}).get("managed") is False:
        return None
    if table(document, "tool", "uv", "workspace") is not None:
        return project
    if "project" not in document:
        return None
    for folder in list(upward(project))[1:]:
        if _has_pyproject(folder):
            workspace = table(_pyproject(folder)[1], "tool", "uv", "workspace")
            if workspace is not None and _is_member(project, folder, workspace):
                return folder
            break
    return project


def _is_member(project: str, root: str, workspace: dict[str, Any]) -> bool:
    relative = os.path.relpath(project, root).replace(os.sep, "/")

    def has(key: str, *, crossing: bool) -> bool:
        found = workspace.get(key)
        return any(
            globs.matches(os.path.normpath(glob).replace(os.sep, "/"), relative, crossing=crossing)
            for glob in (found if isinstance(found, list) else [])
            if isinstance(glob, str)
        )

    # As uv has it: the star of a member stops at a slash, that of an exclusion does not.
    return has("members", crossing=False) and not has("exclude", crossing=True)


def _uv_toml(path: str) -> Source | None:
    found = _document(path)
    return found and Source(path, *found)


def _has_pyproject(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, "pyproject.toml"))


def _pyproject(folder: str) -> tuple[str, dict[str, Any]]:
    """The text and the tables of a pyproject.toml."""
    return _document(os.path.join(folder, "pyproject.toml")) or ("", {})


def _document(path: str) -> tuple[str, dict[str, Any]] | None:
    """The text and the tables of a TOML file; None where there is none. Raises NotReadableError."""
    data = _read(path)
    if data is None:
        return None
    try:
        text, wrong = files.decode(data)
        document = toml.parsed(text)
    except ValueError as fault:
        raise NotReadableError(path, f"cannot be parsed, {fault}") from fault
    if wrong:
        raise NotReadableError(path, f"is not UTF-8 in line {wrong}")
    return text, document


def _read(path: str) -> bytes | None:
    """What is in a file; None where uv finds nothing to read either. Raises NotReadableError."""
    data, fault = files.read(path)
    if data is None and fault and os.access(path, os.R_OK):
        raise NotReadableError(path, fault)
    return data


def table(document: dict[str, Any], *names: str) -> dict[str, Any] | None:
    """The table below these names; None where there is none, or something else."""
    here: object = document
    for name in names:
        here = here.get(name) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else None
