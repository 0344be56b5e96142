"""``pep786 index filter`` beside ``grep -avE`` and ``rg -v`` with the exact pattern, on the same log.

The log is made here, from a seed: linehaul's format, one request in two hundred opted out (seven of ten by the
record type, the others by the User-Agent), and as many that only look so, with the comment in pip's user data.
Every side writes a file; all files have to be the same, byte for byte. CPU is user and system time. grep runs
in the C locale, which is its best, and in UTF-8, which is what most machines have.
"""

from __future__ import annotations

import filecmp
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING, Iterator, Mapping, Sequence

from measure import Samples, arguments, interleave, median, parsed, process, progress, publish, ratio, table, times

if TYPE_CHECKING:
    import argparse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

#: What is left out: a private record type; or the comment in the tenth column, before or after any quoted text.
PATTERN = (
    r"^(download|simple)-private\|"
    r'|^[^|]*(\|[^|]*){8}\|([^"]*[[:blank:]])?\(no-analytics\)([[:blank:]]|$)'
    r'|[[:blank:]]\(no-analytics\)([[:blank:]][^"]*)?$'
)

_SIZES = (1, 4, 16, 64, 250, 1000, 4000)


def _lines(size: int) -> Iterator[bytes]:
    """Blocks of lines, of so many bytes in all."""
    draw = random.Random(786)  # noqa: S311  the same log each time
    while size > 0:
        block = "".join(_line(draw) for _ in range(2000)).encode()[:size]
        yield block if len(block) < size else block[: block.rfind(b"\n") + 1]
        size -= len(block)


def _line(draw: random.Random) -> str:
    project = f"package-{draw.randrange(500000)}"
    version = f"{draw.randrange(30)}.{draw.randrange(30)}.{draw.randrange(10)}"
    digest = f"{draw.getrandbits(256):064x}"
    time = f"{draw.randrange(24):02}:{draw.randrange(60):02}:{draw.randrange(60):02}"
    kind = draw.choice(("download",) * 4 + ("simple",))
    path = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{project}-{version}-py3-none-any.whl"
    columns = [path, "TLSv1.3", "TLS_AES_128_GCM_SHA256", project, version, "bdist_wheel"]
    if kind == "simple":
        columns = [f"/simple/{project}/", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "", "", ""]
    user_agent = _user_agent(draw)
    if draw.random() < 0.005:
        if draw.random() < 0.7:
            kind += "-private"
        else:
            user_agent += " (no-analytics)"
    day = f"Sat, 21 Nov 2026 {time} GMT"
    return "|".join([kind, day, draw.choice(("US", "DE", "IN", "BR", "JP")), *columns, user_agent]) + "\n"


def _user_agent(draw: random.Random) -> str:
    tool = draw.random()
    if tool < 0.1:
        return draw.choice(
            (
                "bandersnatch/6.6.0 (cpython 3.12.3-final0, Linux x86_64) (aiohttp 3.11.9)",
                "poetry/2.1.1 CPython/3.12.3 Linux/6.8.0",
                "Nexus/3.75.1-01 (PRO; Linux; 5.15.0; amd64; 17.0.13)",
                "curl/8.5.0",
            )
        )
    python = f"3.{draw.randrange(8, 15)}.{draw.randrange(15)}"
    data: dict[str, object] = {
        "ci": True if draw.random() < 0.6 else None,
        "cpu": draw.choice(("x86_64", "aarch64")),
        "distro": {
            "id": "bookworm",
            "libc": {"lib": "glibc", "version": "2.36"},
            "name": "Debian GNU/Linux",
            "version": "12",
        },
        "implementation": {"name": "CPython", "version": python},
        "installer": {"name": "pip", "version": f"25.{draw.randrange(4)}"},
        "openssl_version": f"OpenSSL 3.0.{draw.randrange(18)} 1 Aug 2025",
        "python": python,
        "rustc_version": "1.84.0",
        "setuptools_version": "75.6.0",
        "system": {"name": "Linux", "release": f"6.8.0-{draw.randrange(90)}-generic"},
    }
    if tool < 0.105:
        data["user_data"] = "nightly (no-analytics) build"
    name = "uv" if tool > 0.6 else "pip"
    return f"{name}/25.{draw.randrange(4)} {json.dumps(data, separators=(',', ':'), sort_keys=True)}"


class _Sides:
    """What is compared: each a command that writes its output file anew."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.log = os.path.join(folder, "log")
        self.environ = {"PATH": os.environ["PATH"], "PYTHONPATH": ROOT, "LC_ALL": "C"}
        ours = f'"{sys.executable}" -m pep786 index filter --format linehaul log --output filter.out 2> filter.err'
        self.commands = {
            "filter": ours,
            "grep": f"grep -avE '{PATTERN}' log > grep.out",
            "grep-utf8": f"LC_ALL=C.UTF-8 grep -avE '{PATTERN}' log > grep-utf8.out",
            "rg": f"rg --no-config -avj1 '{PATTERN}' log > rg.out",
            "copy": "cat log > copy.out",
        }
        for name in ("grep", "grep-utf8", "rg"):
            if shutil.which(name.partition("-")[0]) is None:
                del self.commands[name]

    def make(self, size: int) -> None:
        """The log, of so many bytes."""
        with open(self.log, "wb") as file:
            file.writelines(_lines(size))

    def run(self, name: str) -> Mapping[str, float]:
        """One side: milliseconds, wall and CPU."""
        output = os.path.join(self._folder, f"{name}.out")
        if os.path.exists(output):
            os.unlink(output)
        return process(["sh", "-c", self.commands[name]], self.environ, self._folder)

    def check(self) -> None:
        """All that filtered wrote the same, and left something out."""
        paths = [os.path.join(self._folder, f"{name}.out") for name in self.commands if name != "copy"]
        for path in paths[1:]:
            if not filecmp.cmp(paths[0], path, shallow=False):
                raise SystemExit(f"not the same: {paths[0]} and {path}")
        if os.path.getsize(self.log) == os.path.getsize(paths[0]):
            raise SystemExit("nothing was left out")

    def measure(self, rounds: int) -> Samples:
        """Every side in every round, once before to warm up, and all outputs compared."""
        for name in self.commands:
            self.run(name)
        self.check()
        return interleave({name: lambda name=name: self.run(name) for name in self.commands}, rounds)  # type: ignore[misc]


def _table(samples: Samples, sides: _Sides, size: int) -> str:
    rows = []
    for name in sides.commands:
        wall, cpu = median(samples, f"{name}.wall"), median(samples, f"{name}.cpu")
        faster = [f"{ratio(samples, f'{name}.{figure}', f'filter.{figure}'):.2f}" for figure in ("wall", "cpu")]
        rows.append([name, f"{size / wall / 1e6:.2f}", f"{size / cpu / 1e6:.2f}", *faster])
    return table(["", "GB/s wall", "GB/s CPU", "filter is faster, wall", "CPU"], rows)


def _versions() -> dict[str, str]:
    """What grep and rg say of themselves."""
    found = {}
    for name in filter(shutil.which, ("grep", "rg")):
        said = subprocess.run([name, "--version"], check=True, capture_output=True, text=True).stdout
        match = re.search(r"\d+(?:\.\d+)+", said)
        found[name] = match[0] if match else "unknown"
    return found


def _kept(data: dict[str, Samples], others: Sequence[str]) -> dict[str, object]:
    """What is kept of it, by the names in figures.py: the largest log's, and how they grow."""
    largest = list(data.values())[-1]
    figures = {
        f"filter.{name}.{figure}": times(largest, f"{name}.{figure}", f"filter.{figure}")
        for name in others
        for figure in ("cpu", "wall")
    }
    sizes = {
        name: [[int(size) * 1e6, times(samples, f"{name}.cpu", "filter.cpu")] for size, samples in data.items()]
        for name in others
    }
    return {"figures": figures, "curves": {"filter.sizes": sizes}}


def main() -> int:
    """Print how they compare, and how that changes with the size."""
    parser: argparse.ArgumentParser = arguments(__doc__ or "", rounds=5)
    parser.add_argument(
        "--size", type=int, default=1000, metavar="MB", help="of the largest log (default: %(default)s)"
    )
    options = parsed(parser)
    largest_size = min(options.size, 16) if options.quick else options.size
    data: dict[str, Samples] = {}
    growth: list[list[str]] = []
    with tempfile.TemporaryDirectory(prefix="filter-") as folder:
        sides = _Sides(folder)
        for size in [*(size for size in _SIZES if size < largest_size), largest_size]:
            progress(f"a log of {size} MB")
            sides.make(size * 1000_000)
            samples = data[str(size)] = sides.measure(options.rounds)
            others = [name for name in ("grep", "grep-utf8", "rg") if name in sides.commands]
            ratios = [f"{ratio(samples, f'{name}.cpu', 'filter.cpu'):.2f}" for name in others]
            growth.append([f"{size} MB", f"{median(samples, 'filter.cpu'):.0f} ms", *ratios])
        largest = _table(samples, sides, os.path.getsize(sides.log))
    header = ["log", "filter, CPU", *(f"CPU of {name} / filter" for name in others)]
    text = f"{largest_size} MB\n\n{largest}\n\n{table(header, growth)}"
    publish(text, options.json, **_kept(data, others), samples=data, versions=_versions())
    return 0


if __name__ == "__main__":
    sys.exit(main())
