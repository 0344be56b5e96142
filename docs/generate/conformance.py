"""Runs every released tool by ``pep786 verify --json`` and writes what an index received to docs/conformance.json.

    python docs/generate/conformance.py [TOOL[==VERSION]…] [--anew]

What is in the file already is not run again, unless ``--anew`` is given; so a run that was stopped can be taken up. The
releases are those that the tests run: tests/real/released_tools.py, tests/environments.py. pip is run with the shim
installed beside it, as ``pip install pep786-shim`` does; the others as they are, with ``--with-shim``.
"""
# ruff: noqa: INP001, T201  a script that prints how far it is

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.environments import CACHE, PIPS, Environment, Environments, fetched, python  # noqa: E402
from tests.real.released_tools import NEWEST, OLDER  # noqa: E402

DATA = CHECKOUT / "docs" / "conformance.json"


class Run(NamedTuple):
    """One release to run; pythons are those that run it, best first, group is where the page shows it."""

    tool: str
    version: str
    pythons: tuple[str, ...]
    group: str

    @property
    def asked(self) -> str:
        """As on the command line."""
        return f"{self.tool}=={self.version}"


RUNS = [
    *(Run(release.tool, release.version, release.pythons, "newest") for release in NEWEST),
    *(Run("pip", version, pythons, "pip") for version, pythons in PIPS.items()),
    *(Run(release.tool, release.version, release.pythons, "older") for release in OLDER),
]


def main() -> int:
    """Run what is missing. Returns 1 where a release could not be run or a case failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help="these only, each NAME or NAME==VERSION")
    parser.add_argument("--anew", action="store_true", help="run them even if they are in the file")
    arguments = parser.parse_args()
    made: dict[str, Any] = json.loads(DATA.read_text("utf-8")) if DATA.exists() else {"tools": []}
    found = {f"{entry['name']}=={entry['version']}": entry for entry in made["tools"]}
    status = 0
    for run in RUNS:
        if arguments.tools and run.tool not in arguments.tools and run.asked not in arguments.tools:
            continue
        if run.asked in found and not arguments.anew:
            continue
        said = verified(run)
        status |= said is None or not said["passed"]
        if said is not None:
            found[run.asked] = entry(run, said)
            DATA.write_text(document(found), encoding="utf-8")
    return status


def verified(run: Run) -> dict[str, Any] | None:
    """What ``pep786 verify`` says of one release; None where it could not be run."""
    interpreter = _python(run)
    if interpreter is None:
        print(f"{run.asked}: skipped, it runs on Python {', '.join(run.pythons)}, and none of them is here")
        return None
    with tempfile.TemporaryDirectory(prefix="pep786-conformance-") as folder:
        path = _with_the_shim(run, interpreter[1], Path(folder)) if run.tool == "pip" else interpreter[1]
        command = [sys.executable, "-m", "pep786", *_command(run)[1:-1], path]
        environ = {"PEP786_CACHE": str(CACHE), **os.environ}
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=CHECKOUT, env=environ)
    if done.returncode not in (0, 1):
        print(f"{run.asked}: {done.stderr.strip()}")
        return None
    said: dict[str, Any] = json.loads(done.stdout)["tools"][0]
    tally = [f"{sum(outcome['verdict'] == verdict for outcome in said['cases'])} {verdict}" for verdict in _VERDICTS]
    print(f"{run.asked}: {', '.join(tally)}", flush=True)
    return said


_VERDICTS = ("passed", "failed", "skipped")


def entry(run: Run, said: dict[str, Any]) -> dict[str, Any]:
    """What is kept of it: nothing that is only about this machine."""
    return {
        "name": run.tool,
        "version": run.version,
        "group": run.group,
        "python": (_python(run) or ("", ""))[0],
        "tier": said["tool"]["tier"],
        "date": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "command": " ".join(_command(run)),
        "passed": said["passed"],
        "outcomes": [
            {
                "case": outcome["case"]["name"],
                "verdict": outcome["verdict"],
                "reason": outcome["reason"],
                "requests": len(outcome["received"]),
                "signalled": sum("no-analytics" in request["prefer"] for request in outcome["received"]),
            }
            for outcome in said["cases"]
        ],
    }


def document(found: dict[str, Any]) -> str:
    """The file's text, one line to an outcome, so that a difference can be read."""
    order = [run.asked for run in RUNS]
    tools = sorted(found, key=order.index)
    entries = []
    for asked in tools:
        head = {name: value for name, value in found[asked].items() if name != "outcomes"}
        entries.append(f'{_line(head)[:-1]}, "outcomes": [\n{_rows(found[asked]["outcomes"])}\n]}}')
    return "\n".join(['{"tools": [', ",\n".join(entries), "]}\n"])


class _Folders:
    """What makes folders for ``Environments`` where there is no pytest."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def mktemp(self, name: str) -> Path:
        """A new folder of that name."""
        (self.root / name).mkdir()
        return self.root / name


def _with_the_shim(run: Run, interpreter: str, folder: Path) -> str:
    """The interpreter of a new environment that has this pip, the shim's wheel, and what that requires."""
    environment = Environment(folder / "venv", interpreter)
    wheels = (fetched("pip", run.version), Environments(_Folders(folder)).wheel, fetched("tomli", "2.0.2"))  # type: ignore[arg-type]
    for wheel in wheels:
        environment.unpack(wheel)
    return environment.python


def _rows(values: list[Any]) -> str:
    return ",\n".join(map(_line, values))


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _python(run: Run) -> tuple[str, str] | None:
    return next(((version, path) for version in run.pythons if (path := python(version))), None)


def _command(run: Run) -> list[str]:
    """As a person would type it; the last word is the interpreter."""
    if run.tool == "pip":
        return ["pep786", "verify", "--json", "--python", ".venv/bin/python"]
    version = (_python(run) or ("3", ""))[0]
    return ["pep786", "verify", run.asked, "--with-shim", "--json", "--python", f"python{version}"]


if __name__ == "__main__":
    sys.exit(main())
