"""Who applies a diff: git, patch, or the library patch-ng, whichever is here. None of them is allowed fuzz.

Each works on copies in a scratch folder that holds nothing else, with LF line ends, laid out as in the repository.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from .errors import PatchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

#: In the order of preference.
NAMES = ("git", "patch", "patch-ng")


def available() -> list[str]:
    """Those of :data:`NAMES` that are here."""
    found = [name for name in ("git", "patch") if shutil.which(name)]
    return [*found, "patch-ng"] if _library() is not None else found


def run(name: str, scratch: str, diff: str) -> str | None:
    """Apply diff to the files in scratch. Returns what was said where it does not fit, None where it did."""
    engines: dict[str, Callable[[str, str], str | None]] = {"git": _git, "patch": _patch, "patch-ng": _patch_ng}
    return engines[name](scratch, diff)


def choose(name: str | None = None) -> str:
    """The engine to use: that one, or the best there is. Raises PatchError if it is not here."""
    found = available()
    if name is not None and name not in found:
        raise PatchError(f"{name} is not installed")
    if not found:
        raise PatchError("neither git nor patch is installed; install one, or the library patch-ng for this Python")
    return name or found[0]


def _git(scratch: str, diff: str) -> str | None:
    environ = {variable: value for variable, value in os.environ.items() if not variable.startswith("GIT_")}
    # The scratch folder is no part of a repository that it may happen to lie in, nor is the person's configuration.
    environ.update(
        GIT_CEILING_DIRECTORIES=os.path.dirname(os.path.realpath(scratch)),
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CONFIG_GLOBAL=os.devnull,
    )
    return _fed(
        ["git", "-c", "core.autocrlf=false", "apply", "-p1", "--whitespace=nowarn", "-"], scratch, diff, environ
    )


def _patch(scratch: str, diff: str) -> str | None:
    # Only what GNU's and BSD's have in common: ask nothing, never in reverse, no fuzz, be silent.
    return _fed(["patch", "-p1", "-t", "-N", "-F0", "-s"], scratch, diff, None)


def _fed(command: list[str], scratch: str, diff: str, environ: dict[str, str] | None) -> str | None:
    done = subprocess.run(
        command,
        check=False,
        cwd=scratch,
        env=environ,
        input=diff.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = done.stdout.decode("utf-8", "replace").strip() or f"{command[0]} ended with {done.returncode}"
    if done.returncode not in (0, 1):  # 1 is how both say that a patch does not fit
        raise PatchError(f"{command[0]} does not work: {said.splitlines()[-1]}")
    return None if done.returncode == 0 else said


def _library() -> Any:
    try:
        import patch_ng  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    return patch_ng


def _patch_ng(scratch: str, diff: str) -> str | None:
    library = _library()
    parsed = library.fromstring(diff.encode())
    if not parsed:
        return "patch-ng cannot read the patch"
    for item in parsed.items:
        if item.source == b"/dev/null":
            continue
        # The library itself takes the "b/" of git's names away.
        path = os.path.join(scratch, *item.target.decode().split("/"))
        with open(path, "rb") as file:
            lines = file.read().splitlines(keepends=True)
        for hunk in item.hunks:
            place = _place(lines, hunk)
            if place is None:
                return f"{item.target.decode()}: line {hunk.startsrc} is not as the patch has it"
            hunk.startsrc = place
    return None if parsed.apply(strip=0, root=scratch) else "patch-ng cannot apply the patch"


def _place(lines: list[bytes], hunk: Any) -> int | None:
    """The line (from 1) at which a hunk's old text stands: where it stood, or else where it stands once."""
    old = [line[1:] for line in hunk.text if line[:1] in (b" ", b"-")]
    places = [start for start in range(len(lines) - len(old) + 1) if lines[start : start + len(old)] == old]
    if hunk.startsrc - 1 in places:
        return int(hunk.startsrc)
    return places[0] + 1 if len(places) == 1 else None
