"""What ``pep786 run`` costs uv: beside uv alone, and on request beside another proxy, in interleaved rounds.

    python benchmarks/proxy.py                       30 wheels, one of 256 MB, memory by size, and the start
    python benchmarks/proxy.py --mitmproxy BIN       the same behind mitmdump too, from an environment of its own

uv comes from the registry that pip is configured for. The index is nginx where there is one, and speaks HTTP/2 to who
asks for it in TLS, as the large ones do; else it is Python's, which does not. It has its files on disk and is on the
loopback interface, which is faster than any line to an index: there, what is measured is whether uv, the index and the
proxy find enough processors. So there is a line of 1 Gbit/s too. Processor time and memory are those of the proxies by
themselves, as Linux accounts for them.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from typing import Callable, Mapping

import measure
from installing import OPTED_OUT, RUN, Bench, Figures, free_port, versions
from wheels import MB

#: How many wheels, of how many bytes.
CASES = {"30 wheels": (30, 85 * MB // 30), "one wheel of 256 MB": (1, 256 * MB)}
#: What they come over: the scheme, and how many bytes in a second; 0: as many as it can.
LINES = {"https, 1 Gbit/s": ("https", 125 * MB), "https": ("https", 0), "http": ("http", 0)}
#: What memory is looked at for: one wheel of so many bytes.
SIZES = {"1 MB": MB, "256 MB": 256 * MB, "1 GB": 1000 * MB}


class Other:
    """Another proxy that does the same by a script: one process, for all rounds, whose start is counted apart."""

    def __init__(self, executable: str, bench: Bench, stack: contextlib.ExitStack) -> None:
        folder, port = f"{bench.folder}/mitmproxy", free_port()
        options = ["--quiet", "--listen-host", "127.0.0.1", "--listen-port", str(port), "--set", f"confdir={folder}"]
        options += ["--set", f"ssl_verify_upstream_trusted_ca={bench.roots}", "--set", "stream_large_bodies=1m"]
        script = bench.write("sign.py", _SCRIPT)
        self._process = stack.enter_context(bench.server([executable, *options, "--scripts", script], port))
        self._bench = bench
        self.start = self._busy()
        url = f"http://127.0.0.1:{port}"
        self._environ = {"HTTP_PROXY": url, "HTTPS_PROXY": url, "SSL_CERT_FILE": f"{folder}/mitmproxy-ca-cert.pem"}

    def install(self, url: str, wheels: int) -> Figures:
        """As :meth:`Bench.install`."""
        before = self._busy()
        figures = self._bench.install([], url, wheels, self._environ)
        with open(f"/proc/{self._process}/status", encoding="ascii") as file:
            (peak,) = [line.split()[1] for line in file if line.startswith("VmHWM:")]
        return {**figures, "cpu": self._busy() - before, "memory": int(peak) / 1024}

    def _busy(self) -> float:
        with open(f"/proc/{self._process}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


_SCRIPT = b"""
def requestheaders(flow):
    flow.request.headers["Prefer"] = "no-analytics"
    flow.request.headers["User-Agent"] = flow.request.headers.get("User-Agent", "") + " (no-analytics)"
"""


def compare(bench: Bench, case: tuple[int, int], line: str, other: Other | None, rounds: int) -> measure.Samples:
    """uv alone, behind us, and behind another proxy, round by round."""
    wheels, size = case
    with bench.index(wheels, size, *LINES[line]) as url:
        sides: dict[str, Callable[[], Mapping[str, float]]] = {
            "direct": lambda: bench.install([], url, wheels, {}),
            "pep786": lambda: bench.install(RUN, url, wheels, OPTED_OUT),
        }
        if other is not None:
            sides["mitmproxy"] = functools.partial(other.install, url, wheels)
        for side in sides.values():
            side()
        return measure.interleave(sides, rounds)


def memory(bench: Bench, size: int) -> float:
    """The most that the proxy ever had, in MiB, for one wheel of this size over https."""
    with bench.index(1, size, "https", 0) as url:
        return bench.install(RUN, url, 1, OPTED_OUT)["memory"]


def main() -> None:
    """Measure and print."""
    parser = measure.arguments(__doc__ or "", 7)
    parser.add_argument("--mitmproxy", metavar="BIN", help="a mitmdump to compare with")
    parser.add_argument("--only", metavar="CASE", choices=list(CASES), help="one case")
    arguments = measure.parsed(parser)
    cases = {arguments.only: CASES[arguments.only]} if arguments.only else CASES
    if arguments.quick:
        cases = {name: (wheels, size // 10) for name, (wheels, size) in cases.items()}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        bench = Bench(folder)
        other = Other(arguments.mitmproxy, bench, stack) if arguments.mitmproxy else None
        rows, data = [], {}
        for case, wheels in cases.items():
            for line in LINES:
                measure.progress(f"{case}, {line}")
                samples = data[f"{case}, {line}"] = compare(bench, wheels, line, other, arguments.rounds)
                rows.append(_row(f"{case}, {line}", samples, other))
        sizes = {name: memory(bench, size // (10 if arguments.quick else 1)) for name, size in SIZES.items()}
        start = measure.interleave(
            {
                "direct": lambda: bench.run([bench.uv, "--version"], {}),
                "pep786": lambda: bench.run([*RUN, bench.uv, "--version"], OPTED_OUT),
            },
            3 * arguments.rounds,
        )
    header = ["", "uv alone, s", "wall", "cpu s", "MiB"]
    if arguments.mitmproxy:
        header += ["mitmproxy: wall", "cpu s", "MiB", "cpu, of ours", "with its start"]
    peaks = ", ".join(f"{name}: {peak:.0f} MiB" for name, peak in sizes.items())
    added = measure.added(start, "pep786.wall", "direct.wall")
    noise = measure.spread(start, "pep786.wall", "direct.wall")
    text = f"{measure.table(header, rows)}\n\nThe most memory, by the wheel's size: {peaks}."
    text += f"\nThe start alone adds {added:.0f} ms (spread {noise:.0f})."
    more = {"rounds": arguments.rounds, "samples": data, "memory": sizes, "start": start, "versions": versions()}
    measure.publish(text, arguments.json, figures=_kept(data, sizes, start), **more)


def _kept(
    data: Mapping[str, measure.Samples], sizes: Mapping[str, float], start: measure.Samples
) -> dict[str, dict[str, float]]:
    """What is kept of it, by the names in figures.py."""
    made = {
        "proxy.start": measure.more(start, "pep786.wall", "direct.wall"),
        "proxy.memory": {"value": sizes["1 GB"] / sizes["1 MB"], "spread": 0, "rounds": 1},
        "proxy.memory.peak": {"value": sizes["1 GB"], "spread": 0, "rounds": 1},
    }
    for case, samples in data.items():
        made[f"proxy.{case}"] = measure.times(samples, "pep786.wall", "direct.wall")
        if "mitmproxy.wall" in samples:
            made[f"proxy.{case}.mitmproxy"] = measure.times(samples, "mitmproxy.wall", "direct.wall")
            for figure, ours in (("cpu", "cpu"), ("started", "cpu"), ("memory", "memory")):
                made[f"proxy.{case}.{figure}"] = measure.times(samples, f"mitmproxy.{figure}", f"pep786.{ours}")
    return made


def _row(name: str, samples: measure.Samples, other: Other | None) -> list[str]:
    figures = [f"{measure.median(samples, 'direct.wall') / 1e3:.2f}", *_figures(samples, "pep786")]
    if other:
        samples["mitmproxy.started"] = [busy + other.start for busy in samples["mitmproxy.cpu"]]
        figures += _figures(samples, "mitmproxy")
        figures += [f"{measure.ratio(samples, f'mitmproxy.{one}', 'pep786.cpu'):.1f}" for one in ("cpu", "started")]
    return [name, *figures]


def _figures(samples: measure.Samples, side: str) -> list[str]:
    return [
        f"{measure.ratio(samples, f'{side}.wall', 'direct.wall'):.2f}",
        f"{measure.median(samples, f'{side}.cpu') / 1e3:.2f}",
        f"{measure.median(samples, f'{side}.memory'):.0f}",
    ]


if __name__ == "__main__":
    main()
