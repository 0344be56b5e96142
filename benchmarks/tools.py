"""What a tool's start takes more with the shim beside it, and behind ``pep786 run``: ``poetry --version``.

poetry is the slowest to start of the tools that are hooked before they do anything; its plugins are loaded too.
The shim stands in one of two equal environments. The wrapper runs the one without, and is a Python process of
its own that becomes poetry: beside it stands one that does nothing but that. A second run of the bare one is the
control.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Mapping

from environments import Workshop
from figures import goal
from measure import (
    Samples,
    Side,
    added,
    arguments,
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

POETRY = "poetry==2.5.1"
BARE = "poetry"
CONTROL = "poetry again (control)"
LEAST = "behind a Python that only becomes it (control)"
SHIM = "with the shim beside it"
RUN = "behind `pep786 run`"
#: Their names in figures.py.
NAMES = {CONTROL: "tools.control", LEAST: "tools.least", SHIM: "tools.shim", RUN: "tools.run"}


def prepare(workshop: Workshop) -> dict[str, list[str]]:
    """Row of the table to command line; each has run once, so that all .pyc files exist."""
    wheel = workshop.wheel()
    bare = [workshop.environment("env0", POETRY), "-m", "poetry", "--version"]
    shim = [workshop.environment("env1", POETRY, wheel), "-m", "poetry", "--version"]
    ours = workshop.environment("env2", wheel)
    script = os.path.join(os.path.dirname(ours), "pep786.exe" if os.name == "nt" else "pep786")
    least = [ours, "-c", "import os, sys; os.execv(sys.argv[1], sys.argv[1:])", *bare]
    return {BARE: bare, CONTROL: bare, LEAST: least, SHIM: shim, RUN: [script, "run", "--", *bare]}


def warm_up(commands: Mapping[str, list[str]], environ: Mapping[str, str], cwd: str) -> None:
    """Run each once; stops where one does not say what poetry says."""
    said = {
        name: subprocess.run(command, env=environ, cwd=cwd, check=True, capture_output=True, text=True).stdout
        for name, command in commands.items()
    }
    if len(set(said.values())) != 1:
        sys.exit(f"not the same poetry: {said}")


def rows(samples: Samples) -> list[list[str]]:
    """A row per way to start, against the bare one of the same round."""
    lines = []
    for name in (CONTROL, LEAST, SHIM, RUN):
        cpu = f"{added(samples, f'{name}.cpu', f'{BARE}.cpu'):+.1f} ms" if f"{BARE}.cpu" in samples else "not known"
        wall = f"{added(samples, f'{name}.wall', f'{BARE}.wall'):+.1f} ms"
        factor = f"{ratio(samples, f'{name}.wall', f'{BARE}.wall'):.3f}"
        noise = f"{spread(samples, f'{name}.wall', f'{BARE}.wall'):.1f} ms"
        wanted = "" if name in (CONTROL, LEAST) else f"{goal(NAMES[name])}, {goal(f'{NAMES[name]}.wall')}"
        lines.append([name, cpu, wall, factor, noise, wanted])
    return lines


def figures(samples: Samples) -> dict[str, dict[str, float]]:
    """What is kept of it, by the names in figures.py."""
    made = {NAMES[CONTROL]: times(samples, f"{CONTROL}.wall", f"{BARE}.wall")}
    for name in (LEAST, SHIM, RUN):
        made[NAMES[name]] = times(samples, f"{name}.wall", f"{BARE}.wall")
        for figure in ("wall", "cpu") if name != LEAST else ("wall",):
            made[f"{NAMES[name]}.{figure}"] = more(samples, f"{name}.{figure}", f"{BARE}.{figure}")
    return made


def main() -> None:
    """Build, warm up, time, print."""
    parser = arguments(__doc__ or "", rounds=120)  # starts of half a second, and differences of some ms
    options = parsed(parser)
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        commands = prepare(workshop)
        environ = workshop.clean()
        warm_up(commands, environ, folder)

        def clock(command: list[str]) -> Side:
            return lambda: process(command, environ, folder)

        samples = interleave({name: clock(command) for name, command in commands.items()}, options.rounds)
        versions = workshop.versions(commands[SHIM][0])
    header = ["`poetry --version`", "CPU", "wall", "wall ratio", "IQR", "goal"]
    bare = f"bare: {median(samples, f'{BARE}.wall'):.0f} ms wall"
    publish(
        f"{table(header, rows(samples))}\n\n{bare}",
        options.json,
        figures=figures(samples),
        rounds=options.rounds,
        samples=samples,
        versions=versions,
    )


if __name__ == "__main__":
    main()
