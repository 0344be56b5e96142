"""Which commands start a packaging tool: any command line and any script is told, and its tail stays as it was."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Iterator

from pep786.children import commands

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    *(
        b"\npython",
        b"\npython3.13",
        b"\n-m",
        b"\n-Im",
        b"\n-c",
        b"\n-W",
        b"\nerror",
        b"\n-X",
        b"\n-",
        b"\n--",
        b"\n-mpip",
    ),
    *(b"\npip", b"\ninstall", b"\npip.whl/pip", b"\n__pip-runner__.py", b"\npipenv/resolver.py", b"\nimport runpy"),
    *(
        b"runpy.run_module('pip')",
        b"pip3.12",
        b".exe",
        b"-script.py",
        b"script\n",
        b"#!",
        b"/bin/sh\n",
        b"'''exec' ",
        b' "$0"',
    ),
    *(b"/usr/bin/env ", b"\\", b"/", b" ", b'"', b"\r\n", b"\xff", b"\xc2\xb2"),
)


def seeds() -> Iterator[bytes]:
    """A word to a line; a script begins with that word."""
    for words in (
        "python\n-Im\npip\ninstall\nx",
        "python3.13\n-W\nerror\n-X\nutf8\n-mpip.__main__\n-q",
        "pip\ninstall\nx",
        "/usr/bin/python3\n/x/pip.whl/pip\nlist",
        "python\n-c\nimport runpy; runpy.run_module('pip')\nx",
        "python.exe\n-\nx",
        "pypy3\nC:\\x\\__pip-runner__.py\nx",
        f"script\n#!{sys.executable}\nimport sys",
        f"script\n#!/bin/sh\n'''exec' \"{sys.executable}\" -s \"$0\" \"$@\"\n' '''",
        "script\n#!/usr/bin/env python3 -I",
        "script\n#!/usr/bin/env -S python3",
    ):
        yield words.encode()


def check(data: bytes, folder: Path) -> None:
    """Data is a word to a line; or, behind ``script``, the pip of the PATH."""
    if data.startswith(b"script\n"):
        path = folder / "pip"
        path.write_bytes(data[len(b"script\n") :])
        path.chmod(0o755)
        found = commands.interpreter(str(path))
        assert found is None or commands.is_python(found[0])
        words = ["pip", "install", "x"]
    else:
        words = [word.decode("utf-8", "surrogateescape") for word in data.replace(b"\0", b"").split(b"\n")]
    environ = {"PATH": str(folder)}
    assert isinstance(commands.started(words), str)
    takes_the_shim_along(words, commands.accompanied(words, environ))


def takes_the_shim_along(words: list[str], found: list[str] | None) -> None:
    if found is None:
        return
    at = found.index(commands.LAUNCHER)
    tool, *rest = found[at + 1 :]
    assert commands.is_python(found[0])
    assert tool in set(commands.SCRIPTS.values())
    if not commands.is_python(words[0]):
        assert rest[1:] == words[1:]
        return
    program = commands.split(words)
    assert program is not None
    assert found[0] == words[0]
    assert found[1:at] == program.options
    assert rest == [*([program.kind] if program.kind else []), program.what, *program.arguments]
    assert program.arguments == words[len(words) - len(program.arguments) :]
    assert "".join([*program.options, program.kind, program.what]).replace("-", "") == "".join(
        words[1 : len(words) - len(program.arguments)]
    ).replace("-", "")
