"""What the benchmarks share: interleaved rounds, medians of paired figures, a Markdown table, the raw data.

Nothing measured here is worth quoting by itself, since the machine has other work: every figure is a
difference or a ratio between two things that ran side by side in the same round, and of those the median.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
import timeit
from typing import Callable, Collection, Dict, List, Mapping, Sequence

if sys.platform != "win32":
    import resource

#: A round of one side: what was measured of it, by name.
Side = Callable[[], Mapping[str, float]]

#: ``"SIDE.FIGURE"`` to its value in each round.
Samples = Dict[str, List[float]]

#: Seconds between two lines of progress.
_EVERY = 20


def interleave(sides: Mapping[str, Side], rounds: int) -> Samples:
    """Every side once per round, in an order that changes: drift, and what the one before left, fall on all alike."""
    samples: Samples = {}
    order = random.Random(786)  # noqa: S311  the same order each time
    said = time.monotonic()
    for number in range(rounds):
        if time.monotonic() - said > _EVERY:
            said = time.monotonic()
            progress(f"round {number + 1} of {rounds}")
        for name in order.sample(list(sides), len(sides)):
            for figure, value in sides[name]().items():
                samples.setdefault(f"{name}.{figure}", []).append(value)
    return samples


def progress(text: str) -> None:
    """Say how far it is, beside the tables."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def median(samples: Samples, name: str) -> float:
    """The middle value of one figure."""
    return statistics.median(samples[name])


def added(samples: Samples, name: str, base: str) -> float:
    """The median of what one figure has more than another in the same round."""
    return statistics.median(one - other for one, other in zip(samples[name], samples[base]))


def ratio(samples: Samples, name: str, base: str) -> float:
    """The median of one figure divided by another of the same round."""
    return statistics.median(one / other for one, other in zip(samples[name], samples[base]))


def spread(samples: Samples, name: str, base: str) -> float:
    """The interquartile range of the paired differences: how noisy the rounds were."""
    first, _, third = statistics.quantiles([one - other for one, other in zip(samples[name], samples[base])], n=4)
    return third - first


def times(samples: Samples, name: str, base: str, scale: float = 1) -> dict[str, float]:
    """A figure: how many times the other one, and how far half of the rounds lie apart."""
    return _figure([one / other * scale for one, other in zip(samples[name], samples[base])])


def more(samples: Samples, name: str, base: str, scale: float = 1) -> dict[str, float]:
    """A figure: how much more than the other one, and how far half of the rounds lie apart."""
    return _figure([(one - other) * scale for one, other in zip(samples[name], samples[base])])


def itself(samples: Samples, name: str, scale: float = 1) -> dict[str, float]:
    """A figure that is not compared."""
    return _figure([one * scale for one in samples[name]])


def _figure(values: list[float]) -> dict[str, float]:
    first, _, third = statistics.quantiles(values, n=4) if len(values) > 1 else (0.0, 0.0, 0.0)
    return {"value": statistics.median(values), "spread": third - first, "rounds": len(values)}


def process(command: Sequence[str], environ: Mapping[str, str], cwd: str) -> dict[str, float]:
    """Milliseconds of one child process: "wall", and where the system tells it "cpu" (user and system)."""
    before = _children()
    start = time.perf_counter()
    subprocess.run(command, env=environ, cwd=cwd, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    figures = {"wall": (time.perf_counter() - start) * 1e3}
    if before is not None:
        figures["cpu"] = ((_children() or 0) - before) * 1e3
    return figures


def _children() -> float | None:
    if sys.platform == "win32":
        return None
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def instructions(command: Sequence[str], environ: Mapping[str, str], cwd: str) -> float:
    """Millions of instructions that a process takes from start to end, by callgrind."""
    valgrind = [shutil.which("valgrind") or "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*valgrind, *command], env=environ, cwd=cwd, check=True, capture_output=True, text=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        raise RuntimeError(f"callgrind counted nothing:\n{done.stderr}")
    return int(found[1]) / 1e6


def per_call(call: Callable[[], object], number: int, clock: Callable[[], float] = time.perf_counter) -> float:
    """Microseconds of one call, over a batch of so many after one more, as timeit measures them (collector off)."""
    call()
    return timeit.timeit(call, number=number, timer=clock) / number * 1e6


def batch(call: Callable[[], object], milliseconds: float = 5) -> int:
    """How many calls take about so long, found by doubling."""
    number = 1
    while timeit.timeit(call, number=number) * 1e3 < milliseconds:
        number *= 2
    return number


def table(header: Sequence[str], rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> str:
    """A Markdown table, its columns aligned: those of words to the left, all others to the right."""
    widths = [max(len(row[at]) for row in (header, *rows)) for at in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        aligned = [str.ljust if at in left else str.rjust for at in range(len(header))]
        return "| " + " | ".join(align(cell, width) for align, cell, width in zip(aligned, cells, widths)) + " |"

    ruler = ["-" * width if at in left else "-" * (width - 1) + ":" for at, width in enumerate(widths)]
    return "\n".join([line(header), line(ruler), *(line(row) for row in rows)])


def arguments(description: str, rounds: int, quick: int = 3) -> argparse.ArgumentParser:
    """The options that every benchmark has; parse them with :func:`parsed`."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=int, help=f"how often each side runs (default: {rounds}, with --quick {quick})"
    )
    parser.add_argument("--quick", action="store_true", help="few rounds and small sizes: whether it works, no figures")
    parser.add_argument("--json", metavar="FILE", help="write the figures and every single measurement there")
    parser.set_defaults(usual=rounds, fewest=quick)
    return parser


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What was given; without ``--rounds``, as many as there are usually."""
    options = parser.parse_args()
    if options.rounds is None:
        options.rounds = options.fewest if options.quick else options.usual
    return options


def publish(text: str, path: str | None, **data: object) -> None:
    """Print the tables; write the raw data when a file was asked for."""
    heading = (
        f"{platform.python_implementation()} {platform.python_version()}, {platform.system()} {platform.machine()}"
    )
    sys.stdout.write(f"{heading}\n\n{text}\n")
    if path:
        benchmark = os.path.basename(sys.argv[0])
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"benchmark": benchmark, "platform": heading, **data}, file, indent=1)
            file.write("\n")
