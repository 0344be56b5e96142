"""Patched pip beside plain pip of the same release: a start, a request of its session, a download.

The patch is put into one of two equal environments by ``pep786 patch apply``. A start is ``pip --version``. A request
goes from ``session.get`` to the response of an adapter that answers at once, as in request.py; the two pips are two
processes here, so many of them take turns, in CPU time. A download is ``pip download demo-wheel`` from the index that
``pep786 verify`` asks, over the loopback interface. Both pips are opted out; the patched one has to say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from typing import Callable, Mapping

from environments import ROOT, Workshop
from figures import FIGURES, digits, goal, shown
from measure import (
    Samples,
    Side,
    arguments,
    instructions,
    interleave,
    more,
    parsed,
    process,
    progress,
    publish,
    table,
    times,
)

sys.path.insert(0, ROOT)
from pep786 import patching
from pep786.verify.index import Index

#: The newest release that there is a patch for.
PIP = patching.releases("pip")[-1].version
#: What the Prefer field of each side is.
PREFER = {"plain": "", "patched": "no-analytics"}
SESSION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "session.py")
#: Requests of a process, by the clock and counted.
BATCH, REPEATS = 200, 100


def prepare(workshop: Workshop) -> dict[str, str]:
    """Side to the Python that runs it."""
    pythons = {side: workshop.environment(f"env{at}", f"pip=={PIP}") for at, side in enumerate(PREFER)}
    patch(pythons["patched"])
    return pythons


def patch(python: str) -> None:
    """Put the patch into the pip of an environment, and compile what it changed as an installation does."""
    ask = [python, "-c", "import pip, os; print(os.path.dirname(os.path.dirname(pip.__file__)))"]
    packages = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.strip()
    apply = [sys.executable, "-m", "pep786", "patch", "apply", packages]
    subprocess.run(apply, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    subprocess.run([python, "-m", "compileall", "-q", packages], check=False, stdout=subprocess.DEVNULL)


class Pair:
    """The two pips, opted out, in a folder."""

    def __init__(self, workshop: Workshop, pythons: Mapping[str, str]) -> None:
        self._pythons = pythons
        self._environ = workshop.clean(PIP_NO_ANALYTICS="1", PIP_CONFIG_FILE=os.devnull)
        self._folder = workshop.folder

    def interleaved(self, measure: Callable[[str, str], Mapping[str, float]], rounds: int) -> Samples:
        """Measure both in turn, by side and Python, once before to warm up; once in all where that is enough."""

        def side(name: str) -> Side:
            return lambda: measure(name, self._pythons[name])

        sides = {name: side(name) for name in self._pythons}
        if rounds > 1:
            interleave(sides, 1)
        return interleave(sides, rounds)

    def start(self, _: str, python: str) -> Mapping[str, float]:
        """One ``pip --version``."""
        return process([python, "-m", "pip", "--version"], self._environ, self._folder)

    def count_start(self, _: str, python: str) -> Mapping[str, float]:
        """The instructions of one."""
        return {"count": instructions([python, "-m", "pip", "--version"], self._environ, self._folder)}

    def request(self, name: str, python: str) -> Mapping[str, float]:
        """Microseconds of a request, in a process of its own."""
        command = [python, SESSION, PREFER[name], "stub", str(BATCH)]
        return {"us": float(subprocess.check_output(command, env=self._environ, cwd=self._folder))}

    def count_request(self, name: str, python: str) -> Mapping[str, float]:
        """The instructions of a request: of some hundred without those of none."""
        command = [python, SESSION, PREFER[name], "stub"]
        some, none = (instructions([*command, str(n)], self._environ, self._folder) for n in (REPEATS, 0))
        return {"count": (some - none) / REPEATS}

    def download(self, index: Index) -> Callable[[str, str], Mapping[str, float]]:
        """One download of the demo distribution."""

        def measure(name: str, python: str) -> Mapping[str, float]:
            target = os.path.join(self._folder, "downloaded")
            shutil.rmtree(target, ignore_errors=True)
            index.clear()
            command = [python, "-m", "pip", "download", "--quiet", "--no-cache-dir", "--no-deps", "--dest", target]
            figures = process([*command, "--index-url", index.simple, "demo-wheel"], self._environ, self._folder)
            said = {", ".join(request.prefer) for request in index.received}
            if said != {PREFER[name]}:
                sys.exit(f"{name}: Prefer was {said}")
            return figures

        return measure


def measured(pair: Pair, rounds: int) -> dict[str, dict[str, float]]:
    """The figures, by their names in figures.py."""
    progress("start")
    starts = pair.interleaved(pair.start, rounds)
    progress("request")
    requests = pair.interleaved(pair.request, rounds)
    progress("download")
    with Index() as index:
        downloads = pair.interleaved(pair.download(index), rounds)
    figures = {
        "patched.start.wall": times(starts, "patched.wall", "plain.wall"),
        "patched.request": more(requests, "patched.us", "plain.us"),
        "patched.download.cpu": times(downloads, "patched.cpu", "plain.cpu"),
        "patched.download.wall": times(downloads, "patched.wall", "plain.wall"),
    }
    if shutil.which("valgrind"):
        progress("instructions")
        for name, count in (("start", pair.count_start), ("request", pair.count_request)):
            counts = pair.interleaved(count, 1)
            figures[f"patched.{name}.count"] = times(counts, "patched.count", "plain.count")
    return figures


def main() -> None:
    """Build, measure, print."""
    options = parsed(arguments(__doc__ or "", rounds=40))
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        figures = measured(Pair(workshop, prepare(workshop)), options.rounds)
    rows = [
        [FIGURES[name].what, shown(FIGURES[name], found["value"]), digits(found["spread"]), goal(name)]
        for name, found in figures.items()
    ]
    text = table([f"pip {PIP}", "against plain", "IQR", "goal"], rows)
    publish(text, options.json, figures=figures, rounds=options.rounds, versions={"pip": PIP})


if __name__ == "__main__":
    main()
