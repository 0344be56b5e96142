"""What the shim adds to each request of pip's own session, opted out and not.

One process has the newest pip's PipSession as the shim leaves it, and the same class with what the shim
replaced put back. Each makes the same request, from ``session.get`` to the response, through an adapter mounted
on it that answers at once: what is left is pip's own work and ours. A second bare session is the control.
Short batches take turns, in CPU time, and of their paired differences the
median is given. For scale, the bare session also fetches a page over HTTP from a process on the loopback
interface, connection kept; that is wall time. Where valgrind is on PATH, the instructions of the same requests
are counted too: those hardly depend on what else the machine does.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable

import loopback
from environments import Workshop
from figures import goal
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
    per_call,
    publish,
    spread,
    table,
)
from session import STUB, with_stub

#: A second bare session; the rows; measured processes; requests that are counted.
CONTROL = "bare again (control)"
ROWS = (CONTROL, "not opted out", "opted out")
PROCESSES = 8
REPEATS = 200


def classes() -> tuple[Any, Any]:
    """PipSession as the shim's adapter leaves it, and the same class with all that it replaced put back.

    One copy of pip serves both: two copies of the very same code differ by more than the shim costs.
    """
    importlib.import_module("_pep786_startup").uninstall()
    module = importlib.import_module("pip._internal.network.session")
    before = {name: getattr(module.PipSession, name) for name in dir(module.PipSession)}
    importlib.import_module("pep786.startup.gates").of("pip")[module.__name__](module)
    hooked: Any = module.PipSession
    replaced = {name: value for name, value in before.items() if getattr(hooked, name) is not value}
    return hooked, type("Bare", (hooked,), replaced)


def make(kind: Any, opted_out: bool) -> Any:
    """A session of this class with the stub mounted; it decides about the preference now."""
    os.environ.pop("PIP_NO_ANALYTICS", None)
    if opted_out:
        os.environ["PIP_NO_ANALYTICS"] = "1"
    return with_stub(kind())


def sessions() -> dict[str, Any]:
    """What is compared, each having shown that it signs its requests or does not."""
    hooked, bare = classes()
    made = {
        "bare": make(bare, opted_out=True),
        CONTROL: make(bare, opted_out=True),
        "not opted out": make(hooked, opted_out=False),
        "opted out": make(hooked, opted_out=True),
    }
    for name, session in made.items():
        signed = session.get(STUB).request.headers.get("Prefer") == "no-analytics"
        if signed != (name == "opted out"):
            sys.exit(f"{name}: Prefer is {'' if signed else 'not '}there")
    return made


def work(rounds: int, port: str) -> None:
    """In the measured Python: the sessions in turn; prints JSON."""

    def side(session: Any, url: str, clock: Callable[[], float]) -> Side:
        # As many for all: the first of a batch finds the caches cold.
        return lambda: {"us": per_call(lambda: session.get(url), 8, clock)}

    made = sessions()
    sides = {name: side(session, STUB, time.process_time) for name, session in made.items()}
    with_network = type(made["bare"])()
    sides["loopback"] = side(with_network, f"http://127.0.0.1:{port}/simple/pip/", time.perf_counter)
    json.dump(interleave(sides, rounds), sys.stdout)


def clock(workshop: Workshop, python: str, rounds: int) -> Samples:
    """Several processes in turn, since where things lie in memory is worth microseconds, and differs in each."""
    script = os.path.abspath(__file__)
    environ = {name: value for name, value in workshop.clean().items() if name != "PYTHONHASHSEED"}
    samples: Samples = {}
    with loopback.running() as port:
        command = [python, script, "--rounds", str(rounds // PROCESSES), "--work", port]
        for _ in range(PROCESSES):
            found: Samples = json.loads(subprocess.check_output(command, env=environ, cwd=workshop.folder))
            for name, values in found.items():
                samples.setdefault(name, []).extend(values)
    return samples


def count(workshop: Workshop, python: str) -> dict[str, float]:
    """Thousands of instructions per request: of the bare session, and what each other has more."""
    if not shutil.which("valgrind"):
        return {}

    def total(name: str, number: int) -> float:
        command = [python, os.path.abspath(__file__), "--repeat", str(number), "--work", name]
        return instructions(command, workshop.clean(), workshop.folder) * 1e3

    base = total("bare", REPEATS)
    counts = {name: (total(name, REPEATS) - base) / REPEATS for name in ROWS}
    return {"bare": (base - total("bare", 0)) / REPEATS, **counts}


def rows(samples: Samples, counts: dict[str, float]) -> list[list[str]]:
    """A row per session, against the bare one of the same round."""
    lines = []
    bare, network = median(samples, "bare.us"), median(samples, "loopback.us")
    for name in ROWS:
        extra = added(samples, f"{name}.us", "bare.us")
        noise = f"{spread(samples, f'{name}.us', 'bare.us'):.2f} µs"
        counted = ["not counted", ""]
        if counts:
            counted = [f"{counts[name]:+.1f} k", f"{100 * counts[name] / counts['bare']:+.2f} %"]
        shares = [f"{100 * extra / bare:+.2f} %", f"{100 * extra / network:+.2f} %"]
        wanted = goal(f"request.{name}") if name != CONTROL else ""
        lines.append([name, f"{extra:+.2f} µs", wanted, noise, *shares, *counted])
    return lines


def figures(samples: Samples, counts: dict[str, float]) -> dict[str, dict[str, float]]:
    """What is kept of it, by the names in figures.py."""
    made = {}
    for name in ROWS:
        key = f"request.{'control' if name == CONTROL else name}"
        made[key] = more(samples, f"{name}.us", "bare.us")
        made[f"{key}.share"] = more(samples, f"{name}.us", "bare.us", 100 / median(samples, "loopback.us"))
        if counts:
            made[f"{key}.count"] = {"value": 100 * counts[name] / counts["bare"], "spread": 0, "rounds": 1}
    return made


def main() -> None:
    """Build, measure, print; with --work be a measured process."""
    parser = arguments(__doc__ or "", rounds=2000, quick=80)
    parser.add_argument("--work", metavar="PORT|SESSION", help="used by this script itself")
    parser.add_argument("--repeat", type=int, help="used by this script itself")
    options = parsed(parser)
    if options.repeat is not None:
        session = sessions()[options.work]
        for _ in range(options.repeat):
            session.get(STUB)
        return
    if options.work:
        work(options.rounds, options.work)
        return
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        python = workshop.environment("shim", "pip", workshop.wheel())
        versions = workshop.versions(python)
        samples, counts = clock(workshop, python, options.rounds), count(workshop, python)
    header = [
        "per request",
        "added",
        "goal",
        "IQR",
        "of pip's own work",
        "of a loopback request",
        "instructions",
        "of pip's",
    ]
    scale = f"bare session: {median(samples, 'bare.us'):.0f} µs up to the adapter; "
    scale += f"a whole loopback request: {median(samples, 'loopback.us'):.0f} µs (pip {versions['pip']})"
    publish(
        f"{table(header, rows(samples, counts))}\n\n{scale}",
        options.json,
        figures=figures(samples, counts),
        rounds=options.rounds,
        samples=samples,
        instructions=counts,
        versions=versions,
    )


if __name__ == "__main__":
    main()
