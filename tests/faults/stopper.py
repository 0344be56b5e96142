"""Run the command over and over, each time in a process of its own that gets a signal at another call: a script.

It reads one JSON object to a line, and answers with one. A call is one into the operating system that changes
something; the signal comes right before it or right after it. A new process is a fork: nothing is imported twice.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import signal
import sys
from typing import Any

_CALLS = re.compile(
    r"open|mkdir|rename|replace|unlink|remove|rmdir|f?chmod|f?chown|fsync|write(?:lines)?|f?truncate|link|symlink"
    r"|utime|setxattr|flush|close|flock"
)
_MODULES = ("posix", "io", "_io", "fcntl")


class _Watch:
    """Counts the calls from files with this in their path, and sends the signal at one of them."""

    def __init__(self, within: str, at: int, number: int) -> None:
        self.count = 0
        self._within, self._at, self._number = within, at, number

    def __call__(self, frame: Any, event: str, what: Any) -> None:
        if event not in ("c_call", "c_return") or not _CALLS.fullmatch(what.__name__):
            return
        if (what.__module__ or type(what.__self__).__module__) not in _MODULES:  # str.replace
            return
        if self._within not in frame.f_code.co_filename:
            return
        self.count += 1
        if self.count == self._at:
            os.kill(os.getpid(), self._number)


def _run(asked: dict[str, Any], answer: int) -> int:
    from pep786.cli import main

    # Ctrl-C and SIGTERM as a shell's child has them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    sys.stdout, sys.stderr = (open(stream, "w", encoding="utf-8", closefd=False) for stream in (1, 2))  # noqa: SIM115
    watch = _Watch(asked["within"], asked["at"], asked["signal"])
    sys.setprofile(watch)
    try:
        status = main(asked["words"])
    finally:
        sys.setprofile(None)
        sys.stdout.flush()
        sys.stderr.flush()
    os.write(answer, str(watch.count).encode())
    return status


def _in_a_child(asked: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 99
        try:
            status = _run(asked, writing)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        count = int(pipe.read() or 0)
    _, ended = os.waitpid(child, 0)
    status = -os.WTERMSIG(ended) if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)
    return {"status": status, "calls": count}


def _redirected(machine: str) -> None:
    """What is the machine's is below this folder."""
    from pep786.config.table import Row
    from pep786.optout import record

    template = Row.template

    def redirected(self: Row, platform: str) -> str:
        found = template(self, platform)
        return f"{machine}{found}" if found.startswith("/") else found

    Row.template = redirected  # type: ignore[method-assign]
    record.machine_file = lambda *_: f"{machine}/var/lib/pep786/opt-out.json"


if __name__ == "__main__":
    for module in sys.argv[2:]:
        with contextlib.suppress(ImportError):  # one that is not needed, and not everywhere
            importlib.import_module(module)
    if sys.argv[1]:
        _redirected(sys.argv[1])
    from pep786 import cli

    cli._parser()
    for line in sys.stdin:
        print(json.dumps(_in_a_child(json.loads(line))), flush=True)
