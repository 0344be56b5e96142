"""What a start-up hook adds to ``python -c pass`` in a bare virtual environment: ours and its neighbours'.

Each peer stands in an environment of its own of one Python, installed as a person installs it. Counted are
instructions (callgrind, where valgrind is on PATH: repeatable, hardly touched by other load), and beside them
the median of paired differences in time over interleaved runs. A second bare environment is the control:
what it shows is the error of all the others. Nothing here asks a hook to do its work: this is the price that
every Python process pays, packaging tool or not.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from typing import Mapping, NamedTuple

from environments import Workshop
from figures import FIGURES, goal
from measure import (
    Samples,
    Side,
    added,
    arguments,
    instructions,
    interleave,
    median,
    more,
    parsed,
    process,
    publish,
    ratio,
    spread,
    table,
    times,
)

#: Name in figures.py to what is installed: None for nothing, "" for our wheel.
PEERS: dict[str, str | None] = {
    "bare": None,
    "control": None,
    "shim": "",
    "coverage": "coverage",
    "setuptools": "setuptools",
    "pip-system-certs": "pip-system-certs",
}
#: What is compared beside the peers: the environment that it runs in, and what it is compared with.
OTHERS = {"injected": ("bare", "bare"), "import": ("shim", "shim")}
ROWS = [name for name in (*PEERS, *OTHERS) if name != "bare"]


class Start(NamedTuple):
    """A Python to start, with what to do, and with which variables."""

    python: str
    code: str
    environ: Mapping[str, str]

    def command(self, code: str = "") -> list[str]:
        """The command line."""
        return [self.python, "-c", code or self.code]


def prepare(workshop: Workshop) -> dict[str, Start]:
    """Name in figures.py to what to start."""
    starts = {}
    for at, (name, requirement) in enumerate(PEERS.items()):
        wanted = [] if requirement is None else [requirement or workshop.wheel()]
        starts[name] = Start(workshop.environment(f"env{at}", *wanted), "pass", workshop.clean())
    ask = [starts["shim"].python, "-c", "from pep786.startup import INJECTED; print(INJECTED)"]
    injected = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    starts["injected"] = starts["bare"]._replace(environ=workshop.clean(PYTHONPATH=injected))
    starts["import"] = starts["shim"]._replace(code="import pep786")
    return starts


def base(name: str) -> str:
    """What a row is compared with."""
    return OTHERS[name][1] if name in OTHERS else "bare"


def loaded(start: Start, cwd: str) -> set[str]:
    """The modules in sys.modules after a start; run first, so that all .pyc files exist from here on."""
    command = start.command(f"{start.code}; import sys; print(*sys.modules)")
    done = subprocess.run(command, env=start.environ, cwd=cwd, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def count(starts: Mapping[str, Start], cwd: str, rounds: int) -> Samples:
    """Instruction counts in turn; empty where there is no valgrind."""
    if not shutil.which("valgrind"):
        return {}

    def side(start: Start) -> Side:
        return lambda: {"count": instructions(start.command(), start.environ, cwd)}

    return interleave({name: side(start) for name, start in starts.items()}, rounds)


def clock(starts: Mapping[str, Start], cwd: str, rounds: int) -> Samples:
    """Wall and CPU time in turn."""

    def side(start: Start) -> Side:
        return lambda: process(start.command(), start.environ, cwd)

    return interleave({name: side(start) for name, start in starts.items()}, rounds)


def rows(samples: Samples, modules: Mapping[str, set[str]]) -> list[list[str]]:
    """A row per start, against the bare environment of the same round, or what else it is compared with."""
    lines = []
    for name in ROWS:
        than = base(name)
        counted = (
            f"{added(samples, f'{name}.count', f'{than}.count'):+.2f} M" if "bare.count" in samples else "not counted"
        )
        cpu = f"{added(samples, f'{name}.cpu', f'{than}.cpu'):+.2f} ms" if "bare.cpu" in samples else "not known"
        wall = f"{added(samples, f'{name}.wall', f'{than}.wall'):+.2f} ms"
        noise = f"{spread(samples, f'{name}.wall', f'{than}.wall'):.2f} ms"
        extra = sorted(modules[name] - modules[than])
        shown = ", ".join(extra) if len(extra) <= 3 else str(len(extra))
        lines.append(
            [
                FIGURES[f"startup.{name}.count"].what,
                counted,
                goal(f"startup.{name}.count"),
                cpu,
                wall,
                noise,
                f"{ratio(samples, f'{name}.wall', f'{than}.wall'):.2f}",
                shown or "none",
            ]
        )
    return lines


def figures(samples: Samples) -> dict[str, dict[str, float]]:
    """What is kept of it, by the names in figures.py."""
    made = {f"startup.{name}.wall": times(samples, f"{name}.wall", f"{base(name)}.wall") for name in ROWS}
    if "bare.count" in samples:
        made.update({f"startup.{name}.count": more(samples, f"{name}.count", f"{base(name)}.count") for name in ROWS})
    return made


def main() -> None:
    """Build, warm up, count, time, print."""
    parser = arguments(__doc__ or "", rounds=150)
    parser.add_argument("--counts", type=int, help="how often instructions are counted (default: 3, with --quick 1)")
    options = parsed(parser)
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        starts = prepare(workshop)
        modules = {name: loaded(start, folder) for name, start in starts.items()}
        samples = count(starts, folder, options.counts or (1 if options.quick else 3))
        samples.update(clock(starts, folder, options.rounds))
        versions = {name: workshop.versions(starts[name].python) for name in PEERS}
    header = ["", "instructions", "goal", "CPU", "wall", "IQR", "wall ratio", "new modules"]
    bare = f"bare: {median(samples, 'bare.count'):.1f} M instructions, " if "bare.count" in samples else "bare: "
    bare += f"{median(samples, 'bare.wall'):.1f} ms wall"
    publish(
        f"{table(header, rows(samples, modules))}\n\n{bare}",
        options.json,
        figures=figures(samples),
        rounds=options.rounds,
        samples=samples,
        modules={name: sorted(modules[name] - modules["bare"]) for name in ROWS},
        versions=versions,
    )


if __name__ == "__main__":
    main()
