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
from typing import Mapping

from environments import Workshop
from measure import (
    Samples,
    Side,
    added,
    arguments,
    instructions,
    interleave,
    median,
    process,
    publish,
    ratio,
    spread,
    table,
)

#: Name in the table to what is installed: None for nothing, "" for our wheel.
PEERS: dict[str, str | None] = {
    "bare": None,
    "bare again (control)": None,
    "pep786-shim": "",
    "coverage, idle": "coverage",
    "setuptools": "setuptools",
    "pip-system-certs": "pip-system-certs",
}

#: Ours, on Python 3.11; from 3.13 on the first .pth file of any kind costs 1.3 M more.
GOAL = "1.1 M (3.11)"


def prepare(workshop: Workshop) -> dict[str, str]:
    """Name in the table to the Python to run."""
    pythons = {}
    for at, (name, requirement) in enumerate(PEERS.items()):
        wanted = [] if requirement is None else [requirement or workshop.wheel()]
        pythons[name] = workshop.environment(f"env{at}", *wanted)
    return pythons


def loaded(python: str, environ: Mapping[str, str], cwd: str) -> set[str]:
    """The modules in sys.modules after a start; run first, so that all .pyc files exist from here on."""
    command = [python, "-c", "import sys; print(*sys.modules)"]
    return set(subprocess.run(command, env=environ, cwd=cwd, check=True, capture_output=True, text=True).stdout.split())


def count(pythons: Mapping[str, str], environ: Mapping[str, str], cwd: str, rounds: int) -> Samples:
    """Instruction counts in turn; empty where there is no valgrind."""
    if not shutil.which("valgrind"):
        return {}

    def side(python: str) -> Side:
        return lambda: {"count": instructions([python, "-c", "pass"], environ, cwd)}

    return interleave({name: side(python) for name, python in pythons.items()}, rounds)


def clock(pythons: Mapping[str, str], environ: Mapping[str, str], cwd: str, rounds: int) -> Samples:
    """Wall and CPU time in turn."""

    def side(python: str) -> Side:
        return lambda: process([python, "-c", "pass"], environ, cwd)

    return interleave({name: side(python) for name, python in pythons.items()}, rounds)


def rows(samples: Samples, modules: Mapping[str, set[str]]) -> list[list[str]]:
    """A row per peer, against the bare environment of the same round."""
    lines = []
    for name in PEERS:
        if name == "bare":
            continue
        counted = (
            f"{added(samples, f'{name}.count', 'bare.count'):+.2f} M" if "bare.count" in samples else "not counted"
        )
        cpu = f"{added(samples, f'{name}.cpu', 'bare.cpu'):+.2f} ms" if "bare.cpu" in samples else "not known"
        wall = f"{added(samples, f'{name}.wall', 'bare.wall'):+.2f} ms"
        noise = f"{spread(samples, f'{name}.wall', 'bare.wall'):.2f} ms"
        more = sorted(modules[name] - modules["bare"])
        shown = ", ".join(more) if len(more) <= 3 else str(len(more))
        goal = GOAL if name == "pep786-shim" else ""
        times = f"{ratio(samples, f'{name}.wall', 'bare.wall'):.2f}"
        lines.append([name, counted, goal, cpu, wall, noise, times, shown or "none"])
    return lines


def main() -> None:
    """Build, warm up, count, time, print."""
    parser = arguments(__doc__ or "", rounds=200)
    parser.add_argument("--counts", type=int, default=3, help="how often instructions are counted (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        pythons = prepare(workshop)
        environ = workshop.clean()
        modules = {name: loaded(python, environ, folder) for name, python in pythons.items()}
        samples = count(pythons, environ, folder, options.counts)
        samples.update(clock(pythons, environ, folder, options.rounds))
        versions = {name: workshop.versions(python) for name, python in pythons.items()}
    header = ["added to `python -c pass`", "instructions", "goal", "CPU", "wall", "IQR", "wall ratio", "new modules"]
    bare = f"bare: {median(samples, 'bare.count'):.1f} M instructions, " if "bare.count" in samples else "bare: "
    bare += f"{median(samples, 'bare.wall'):.1f} ms wall"
    publish(
        f"{table(header, rows(samples, modules))}\n\n{bare}",
        options.json,
        rounds=options.rounds,
        samples=samples,
        modules={name: sorted(names - modules["bare"]) for name, names in modules.items()},
        versions=versions,
    )


if __name__ == "__main__":
    main()
