"""How what we cost grows: from 1 request to 1,000, from 1 download at a time to 64, from a file of 1 kB to one of 1 GB.

pip is plain, with the shim, and patched, three equal environments of one release; requests are those of its session to
a page, files are downloaded. uv is alone and behind ``pep786 run``; it installs wheels over https. Every point is a
run from start to end, so the first ones are mostly what starting costs. Everything is on the loopback interface; the
index is that of proxy.py. Linux only, as that.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any, Dict, List, Mapping

import loopback
import patched
from environments import Workshop
from figures import CURVES, digits
from installing import OPTED_OUT, RUN, Bench, versions
from measure import Side, arguments, interleave, parsed, process, progress, publish, table, times
from wheels import MB

REQUESTS = (1, 3, 10, 30, 100, 300, 1000)
WHEELS = (1, 3, 10, 33, 100, 333)
PARALLEL = (1, 2, 4, 8, 16, 32, 64)
SIZES = (10**3, 10**4, 10**5, 10**6, 10**7, 10**8, 10**9)
#: What a round may take of all, in bytes: larger files have fewer rounds.
BUDGET = 5 * 10**8
PIPS = {"plain": "", "with the shim": "no-analytics", "patched": "no-analytics"}

#: The points of each line: where, and what was measured there.
Lines = Dict[str, List[List[Any]]]


class Growth:
    """What is needed for all curves: three pips, uv, an index, and how often."""

    def __init__(self, folder: str, rounds: int, quick: bool) -> None:
        self.rounds = rounds
        self.quick = quick
        self._bench = Bench(folder)
        self._workshop = Workshop(tempfile.mkdtemp(dir=folder))
        self._environ = self._workshop.clean(PIP_NO_ANALYTICS="1", PIP_CONFIG_FILE=os.devnull)
        pip = f"pip=={patched.PIP}"
        packages = ([pip], [pip, self._workshop.wheel()], [pip])
        self._pythons = {
            name: self._workshop.environment(f"env{at}", *wanted)
            for at, (name, wanted) in enumerate(zip(PIPS, packages))
        }
        patched.patch(self._pythons["patched"])

    def requests(self) -> Lines:
        """Processor time of a pip that makes so many requests."""
        made: Lines = {}
        with loopback.running() as port:
            url = f"http://127.0.0.1:{port}/simple/pip/"
            for number in self._some(REQUESTS, 100):
                commands = {name: [patched.SESSION, prefer, url, str(number)] for name, prefer in PIPS.items()}
                _add(made, self._pip(number, commands))
        return made

    def files(self) -> Lines:
        """Processor time of a pip that downloads a file."""
        made: Lines = {}
        for size in self._some(SIZES, MB):
            with self._bench.index(1, size, "http", 0) as url, tempfile.TemporaryDirectory() as target:
                options = ["--quiet", "--no-cache-dir", "--no-deps", "--dest", target, "--index-url", url]
                command = ["-m", "pip", "download", *options, "demo0"]
                _add(made, self._pip(size, dict.fromkeys(PIPS, command), size, target))
        return made

    def _pip(self, point: int, commands: Mapping[str, list[str]], size: int = 0, target: str = "") -> Lines:
        progress(f"pip: {point:,}")

        def side(name: str) -> Side:
            command = [self._pythons[name], *commands[name]]
            return lambda: self._emptied(target, process(command, self._environ, self._workshop.folder))

        sides = {name: side(name) for name in PIPS}
        interleave(sides, 1)
        samples = interleave(sides, self._often(size))
        return {name: [[point, times(samples, f"{name}.cpu", "plain.cpu")]] for name in PIPS if name != "plain"}

    def proxied(self) -> Lines:
        """Time of a uv that installs so many wheels of 1 kB, with three requests each."""
        made: Lines = {}
        for wheels in self._some(WHEELS, 10):
            with self._bench.index(wheels, 1000, "https", 0) as url:
                _add(made, self._uv(3 * wheels, url, wheels))
        return made

    def parallel(self) -> Lines:
        """Time of a uv that installs wheels, so many at a time."""
        made: Lines = {}
        with self._bench.index(64, MB // (10 if self.quick else 1), "https", 0) as url:
            for number in self._some(PARALLEL, 4):
                _add(made, self._uv(number, url, 64, UV_CONCURRENT_DOWNLOADS=str(number)))
        return made

    def sizes(self) -> Lines:
        """Time of a uv that installs one wheel."""
        made: Lines = {}
        for size in self._some(SIZES, MB):
            with self._bench.index(1, size, "https", 0) as url:
                _add(made, self._uv(size, url, 1, size=size))
        return made

    def _uv(self, point: int, url: str, wheels: int, size: int = 0, **environ: str) -> Lines:
        progress(f"uv: {point:,}")
        sides: dict[str, Side] = {
            "alone": lambda: self._bench.install([], url, wheels, environ),
            "behind": lambda: self._bench.install(RUN, url, wheels, {**OPTED_OUT, **environ}),
        }
        interleave(sides, 1)
        samples = interleave(sides, self._often(size))
        return {"behind the proxy": [[point, times(samples, "behind.wall", "alone.wall")]]}

    def _often(self, size: int) -> int:
        return max(min(self.rounds, 3), min(self.rounds, BUDGET // max(size, 1)))

    def _some(self, points: tuple[int, ...], largest: int) -> list[int]:
        """All of them, or with --quick the first, one between, and one that is not large."""
        few = [point for point in points if point <= largest]
        return [few[0], few[len(few) // 2], few[-1]] if self.quick else list(points)

    @staticmethod
    def _emptied(target: str, figures: Mapping[str, float]) -> Mapping[str, float]:
        """The figures, after what was downloaded is gone: else pip would not download it again."""
        for name in os.listdir(target) if target else ():
            os.unlink(os.path.join(target, name))
        return figures


def _add(made: Lines, more: Lines) -> None:
    for name, points in more.items():
        made.setdefault(name, []).extend(points)


def main() -> None:
    """Build, measure, print."""
    parser = arguments(__doc__ or "", rounds=7)
    names = [name.partition(".")[2] for name in CURVES if name.startswith("growth.")]
    parser.add_argument("--only", metavar="CURVE", choices=names, help=f"one of: {', '.join(names)}")
    options = parsed(parser)
    with tempfile.TemporaryDirectory() as folder:
        growth = Growth(folder, options.rounds, options.quick)
        curves = {f"growth.{name}": getattr(growth, name)() for name in ([options.only] if options.only else names)}
    text = "\n\n".join(
        table(
            [f"{CURVES[name].what}, {CURVES[name].axis}", *lines],
            [
                [
                    f"{point[0][0]:,}",
                    *(f"{digits(measured['value'])} ({digits(measured['spread'])})" for _, measured in point),
                ]
                for point in zip(*lines.values())
            ],
        )
        for name, lines in curves.items()
    )
    publish(
        text,
        options.json,
        figures={},
        curves=curves,
        rounds=options.rounds,
        versions={"pip": patched.PIP, **versions()},
    )


if __name__ == "__main__":
    main()
