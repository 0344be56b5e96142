"""What one decision takes: ``pep786.resolve("pip")``, warm and cold, against one ``pip --version``.

Five cases: decided by a variable; by default, with no file anywhere; by the person's pip.conf; by a project's
pyproject.toml; and a pyproject.toml without a word of it, which is what most projects have. The pyproject.toml
is this project's own, with the key put at its end. Home and current directory are temporary; a machine's own
/etc/pip.conf is read as it would be in life.

Warm is the median call in a process that has called before: files are read again, but one with the same text is not
parsed again. So the pyproject.toml stands there twice, once as if it were new each time; and beside it Python's own
parser on the same file, which is what that takes at least. Cold is ``import pep786; pep786.resolve("pip")``
in a fresh process by that process's own clock: once in a bare one, and once in a process that has loaded
pip's session already, as pip has when the shim decides (there the hook has loaded the core by then; what that
costs is in the last table). Both are given in percent of a ``pip --version`` of
the same Python, without the shim, in the same round. The last table is that command with the shim over it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from typing import Mapping, NamedTuple

from environments import ROOT, Workshop
from figures import goal
from measure import (
    Samples,
    Side,
    added,
    arguments,
    batch,
    interleave,
    itself,
    median,
    parsed,
    per_call,
    process,
    publish,
    ratio,
    table,
    times,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_COLD = """
{first}
from time import perf_counter
start = perf_counter()
import pep786
pep786.resolve("pip")
print((perf_counter() - start) * 1e3)
"""


class Case(NamedTuple):
    """A situation to decide in: variables and current directory, and who must turn out to decide."""

    environ: dict[str, str]
    cwd: str
    source: str


def cases(workshop: Workshop) -> dict[str, Case]:
    """The five, with their files."""

    def folder(*path: str) -> str:
        made = os.path.join(workshop.folder, *path)
        os.makedirs(made, exist_ok=True)
        return made

    empty, project, silent = folder("work"), folder("told"), folder("mute")
    config = folder("conf")
    settings = "[global]\ntimeout = 60\n\n[install]\nuser = no\n"
    with open(os.path.join(folder("conf", "pip"), "pip.ini" if os.name == "nt" else "pip.conf"), "w") as file:
        file.write(settings.replace("60\n", "60\nno-analytics = true\n"))
    shutil.copy(os.path.join(ROOT, "pyproject.toml"), silent)
    shutil.copy(os.path.join(ROOT, "pyproject.toml"), project)
    with open(os.path.join(project, "pyproject.toml"), "a") as file:
        file.write("\n[tool.pip]\nno-analytics = true\n")
    return {
        "environment": Case(workshop.clean(PIP_NO_ANALYTICS="1"), empty, "environment"),
        "default": Case(workshop.clean(), empty, "default"),
        "pip.conf": Case(workshop.clean(XDG_CONFIG_HOME=config, APPDATA=config), empty, "config"),
        "pyproject.toml": Case(workshop.clean(), project, "config"),
        "silent pyproject.toml": Case(workshop.clean(), silent, "default"),
    }


def work(situations: Mapping[str, list[str]]) -> None:
    """In the measured Python: the five cases in turn, in batches of some milliseconds, and the parser; prints JSON."""
    import pep786
    from pep786.config import toml

    def decide() -> object:
        return pep786.resolve("pip")

    def side(name: str, number: int) -> Side:
        def run() -> dict[str, float]:
            enter(name)
            return {"warm": per_call(decide, number)}

        return run

    def enter(name: str) -> None:
        case = Case(*situations[name])  # type: ignore[arg-type]
        os.chdir(case.cwd)
        os.environ.clear()
        os.environ.update(case.environ)
        if pep786.resolve("pip").source != case.source:
            sys.exit(f"{name}: decided by {pep786.resolve('pip')!r}")

    def new() -> dict[str, float]:
        def decide_anew() -> None:
            toml._seen.clear()  # noqa: SLF001
            decide()

        enter("pyproject.toml")
        return {"warm": per_call(decide_anew, 10)}

    def parser() -> dict[str, float]:
        return {"warm": per_call(lambda: tomllib.loads(written), 10)}

    with open(os.path.join(situations["pyproject.toml"][1], "pyproject.toml")) as file:
        written = file.read()
    sides: dict[str, Side] = {"parser": parser, "new": new}
    for name in situations:
        enter(name)
        sides[name] = side(name, batch(decide))
    samples = interleave(sides, 10)
    json.dump({name: median(samples, name) for name in samples}, sys.stdout)


def rounds(pythons: Mapping[str, str], situations: Mapping[str, Case], number: int) -> Samples:
    """In each round: the warm batches, every cold case, and pip --version without and with the shim."""
    plain = situations["default"]

    def pip(python: str) -> Side:
        return lambda: process([python, "-m", "pip", "--version"], plain.environ, plain.cwd)

    def warm() -> dict[str, float]:
        command = [pythons["shim"], os.path.abspath(__file__), "--work", json.dumps(situations)]
        found: dict[str, float] = json.loads(subprocess.check_output(command, env=plain.environ, cwd=plain.cwd))
        return found

    def cold(case: Case, first: str) -> Side:
        command = [pythons["shim"], "-c", _COLD.format(first=first)]
        return lambda: {"ms": float(subprocess.check_output(command, env=case.environ, cwd=case.cwd))}

    status = [pythons["shim"], "-m", "pep786", "status"]
    sides: dict[str, Side] = {"pip": pip(pythons["bare"]), "pip with shim": pip(pythons["shim"]), "all": warm}
    sides["status"] = lambda: process(status, plain.environ, plain.cwd)
    for name, case in situations.items():
        sides[f"cold {name}"] = cold(case, "")
        sides[f"in pip {name}"] = cold(case, "import pip._internal.network.session")
    interleave(sides, 1)  # so that all .pyc files exist
    return interleave(sides, number)


def text(samples: Samples, names: list[str]) -> str:
    """The two tables."""
    lines = []
    for name in names:
        warm = median(samples, f"all.{name}.warm")
        percent = 100 * ratio(samples, f"all.{name}.warm", "pip.wall") / 1e3
        line = [name, f"{warm:.1f} µs", f"{percent:.3f} %", goal(f"resolve.{name}")]
        for kind in ("cold", "in pip"):
            line.append(f"{median(samples, f'{kind} {name}.ms'):.2f} ms")
            line.append(f"{100 * ratio(samples, f'{kind} {name}.ms', 'pip.wall'):.2f} %")
        lines.append(line)
    header = ["decided by", "warm", "of pip", "goal", "cold", "of pip", "cold, inside pip", "of pip"]
    more = [
        [
            figure,
            f"{median(samples, f'pip.{figure}'):.0f} ms",
            f"{added(samples, f'pip with shim.{figure}', f'pip.{figure}'):+.2f} ms",
            f"{100 * ratio(samples, f'pip with shim.{figure}', f'pip.{figure}') - 100:+.2f} %",
        ]
        for figure in ("wall", "cpu")
        if f"pip.{figure}" in samples
    ]
    return f"{table(header, lines)}\n\n{table(['`pip --version`', 'bare', 'shim adds', 'ratio'], more)}"


def figures(samples: Samples, names: list[str]) -> dict[str, dict[str, float]]:
    """What is kept of it, by the names in figures.py."""
    made = {f"resolve.{name}": times(samples, f"all.{name}.warm", "pip.wall", 0.1) for name in names}
    for name in ("new", "parser"):
        made[f"resolve.{name}"] = times(samples, f"all.{name}.warm", "pip.wall", 0.1)
    made["resolve.environment"] = itself(samples, "all.environment.warm")
    made["resolve.cold"] = times(samples, "cold environment.ms", "pip.wall", 100)
    made["resolve.cold in pip"] = times(samples, "in pip environment.ms", "pip.wall", 100)
    for figure in ("wall", "cpu"):
        made[f"resolve.pip.{figure}"] = times(samples, f"pip with shim.{figure}", f"pip.{figure}")
    made["resolve.status"] = times(samples, "status.wall", "pip.wall")
    return made


def main() -> None:
    """Build, measure, print; with --work be the measured process."""
    parser = arguments(__doc__ or "", rounds=25)
    parser.add_argument("--work", metavar="SITUATIONS", type=json.loads, help="used by this script itself")
    options = parsed(parser)
    if options.work:
        work(options.work)
        return
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        pythons = {
            "bare": workshop.environment("bare", "pip"),
            "shim": workshop.environment("shim", "pip", workshop.wheel()),
        }
        situations = cases(workshop)
        samples = rounds(pythons, situations, options.rounds)
        versions = workshop.versions(pythons["shim"])
    publish(
        text(samples, list(situations)),
        options.json,
        figures=figures(samples, list(situations)),
        rounds=options.rounds,
        samples=samples,
        versions=versions,
    )


if __name__ == "__main__":
    main()
