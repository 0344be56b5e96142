"""One target under atheris, in a process of its own: ``python -m tests.fuzz.engine TARGET SCRATCH OPTION ...``.

libFuzzer changes inputs so that they reach what was not reached before; only our own modules are watched for that.
"""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from pathlib import Path

from tests.fuzz import corpus, targets


def main(name: str, scratch: Path, options: list[str]) -> None:
    """Fuzz until libFuzzer ends the process. What it takes for an option is its own; the rest are folders."""
    atheris = import_module("atheris")
    with atheris.instrument_imports(include=["pep786"], enable_loader_override=False):
        target = targets.load(name)
        # Much is imported in functions, and has to be watched as well.
        for path in corpus.files(name):
            target.check(path.read_bytes(), scratch)
    # libFuzzer starts itself once more to merge, through a shell.
    itself = " ".join(map(shlex.quote, [sys.executable, "-m", "tests.fuzz.engine", name, str(scratch)]))
    atheris.Setup([itself, *options], lambda data: target.check(data, scratch))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
