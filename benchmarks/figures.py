"""Every figure and every curve that the documentation may quote: what is compared with what, and the goal.

The scripts measure them by these names, ``run.py`` keeps what they found in results.json, ``report.py`` and the
documentation's ``{measured}`` role show it. A goal stands here and nowhere else.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, NamedTuple

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results.json")

#: What run.py writes: a section for each script, under "scripts".
Results = Dict[str, Any]

COUNT = "+M instructions"
NOT_MEASURED = "not measured"
#: What is measured or compared with, whose versions the page names.
COMPARED = (
    "pip",
    "coverage",
    "setuptools",
    "pip-system-certs",
    "poetry",
    "uv",
    "mitmproxy",
    "nginx",
    "duckdb",
    "pyspark",
    "grep",
    "rg",
)


class Figure(NamedTuple):
    """One row of the table.

    unit    "times" is a ratio; one that begins with "+" a difference; any other is of the thing by itself.
    goal    what the value may be at most, or with at_least has to be at the least.
    python  the only Python that the goal is for, "3.11".
    """

    name: str
    what: str
    against: str
    unit: str
    goal: float | None = None
    at_least: bool = False
    python: str = ""

    @property
    def script(self) -> str:
        """The script that measures it."""
        return self.name.partition(".")[0]


class Curve(NamedTuple):
    """How something grows: a line to each series, a ratio at each point."""

    name: str
    what: str
    axis: str
    ratio: str
    series: tuple[str, ...]

    @property
    def script(self) -> str:
        """The script that measures it."""
        return self.name.partition(".")[0]


def _started() -> list[Figure]:
    bare = "a bare virtual environment"
    peers = {"coverage": "coverage's hook, idle", "setuptools": "setuptools' hook"}
    peers["pip-system-certs"] = "pip-system-certs, the nearest by purpose"
    made = [
        Figure(
            "startup.shim.count",
            "start of any Python process with the shim",
            bare,
            COUNT,
            1.1,
            python="3.11",
        ),
        Figure("startup.shim.wall", "the same, time", bare, "times"),
    ]
    for name, what in peers.items():
        made.append(Figure(f"startup.{name}.count", f"the same with {what}", bare, COUNT))
        made.append(Figure(f"startup.{name}.wall", f"the same with {what}, time", bare, "times"))
    injected = "start of any Python under `pep786 run`"
    return [
        *made,
        Figure("startup.control.count", "the bare environment once more (control)", bare, COUNT),
        Figure("startup.control.wall", "the bare environment once more (control), time", bare, "times"),
        Figure(
            "startup.injected.count",
            f"{injected}: the injected `sitecustomize`",
            bare,
            COUNT,
            0.5,
            python="3.11",
        ),
        Figure("startup.injected.wall", "the same, time", bare, "times"),
        Figure("startup.import.count", "`import pep786`", "`pass`, in the same environment", COUNT),
        Figure("startup.import.wall", "`import pep786`, time", "`pass`, in the same environment", "times"),
    ]


def _resolved() -> list[Figure]:
    pip = "one `pip --version`"
    return [
        Figure("resolve.environment", "`resolve` decided by a variable, warm", "", "µs", 5),
        Figure("resolve.default", "`resolve` with nothing said anywhere, warm", pip, "%"),
        Figure("resolve.pip.conf", "`resolve` decided by `pip.conf`, warm", pip, "%", 1),
        Figure("resolve.pyproject.toml", "`resolve` decided by `pyproject.toml`, warm", pip, "%", 1),
        Figure("resolve.new", "the same where the file is new to the process, and has to be parsed", pip, "%", 1),
        Figure("resolve.parser", "Python's own TOML parser on that `pyproject.toml`, and nothing else, warm", pip, "%"),
        Figure("resolve.silent pyproject.toml", "`resolve` with a `pyproject.toml` that does not say, warm", pip, "%"),
        Figure("resolve.cold", "`import pep786` and the first `resolve`, by a variable", pip, "%"),
        Figure("resolve.cold in pip", "the same inside pip, which has loaded its session", pip, "%"),
        Figure("resolve.pip.wall", "`pip --version` with the shim", "the same without", "times"),
        Figure("resolve.pip.cpu", "the same, processor time", "the same without", "times"),
        Figure("resolve.status", "`pep786 status`", pip, "times"),
    ]


def _requested() -> list[Figure]:
    made = []
    for name, what, goal in (
        ("control", "the bare session once more (control)", None),
        ("not opted out", "a request of pip's session with the shim, not opted out", 5.0),
        ("opted out", "a request of pip's session with the shim, opted out", 5.0),
    ):
        made.append(Figure(f"request.{name}", what, "the same without", "+µs", goal))
        made.append(Figure(f"request.{name}.share", f"{what}: of a whole loopback request", "the same without", "+%"))
        made.append(Figure(f"request.{name}.count", f"{what}: instructions", "pip's own", "+%"))
    return made


def _patched() -> list[Figure]:
    plain, pip = "plain pip of the same release", "patched pip"
    return [
        Figure("patched.start.count", f"{pip}: `pip --version`, instructions", plain, "times"),
        Figure("patched.start.wall", f"{pip}: `pip --version`, time", plain, "times"),
        Figure("patched.request", f"{pip}: a request of its session, opted out", plain, "+µs", 5),
        Figure("patched.request.count", f"{pip}: the same, instructions", plain, "times"),
        Figure("patched.download.cpu", f"{pip}: a download, processor time", plain, "times"),
        Figure("patched.download.wall", f"{pip}: a download, time", plain, "times"),
    ]


def _started_tools() -> list[Figure]:
    bare = "poetry by itself"
    least = "start of poetry behind a Python process that does nothing but become it"
    made = [
        Figure("tools.control", "start of poetry once more (control)", bare, "times"),
        Figure("tools.least", least, bare, "times"),
        Figure("tools.least.wall", f"{least}, time", bare, "+ms"),
    ]
    for name, where in (("shim", "with the shim beside it"), ("run", "behind `pep786 run`")):
        made.append(Figure(f"tools.{name}", f"start of poetry {where}", bare, "times", 1.03))
        made.append(Figure(f"tools.{name}.wall", f"start of poetry {where}, time", bare, "+ms", 10))
        made.append(Figure(f"tools.{name}.cpu", f"start of poetry {where}, processor time", bare, "+ms"))
    return made


def _proxied() -> list[Figure]:
    made, uv, ours = [], "uv alone", "our proxy's"
    for case, limit in {"30 wheels": 1.3, "one wheel of 256 MB": 1.1}.items():
        for line in ("https, 1 Gbit/s", "https", "http"):
            name, what, https = f"proxy.{case}, {line}", f"{case} over {line}", line != "http"
            busy, eight = f"{what}: processor time of mitmproxy", 8 if https else None
            made += [
                Figure(name, f"{what}, behind `pep786 run`", uv, "times", limit if https else None),
                Figure(f"{name}.mitmproxy", f"{what}, behind mitmproxy", uv, "times"),
                Figure(f"{name}.cpu", f"{busy}, without its start", ours, "times", eight, at_least=True),
                Figure(f"{name}.started", f"{busy}, with its start", ours, "times", eight, at_least=True),
                Figure(f"{name}.memory", f"{what}: memory of mitmproxy", ours, "times"),
            ]
    return [
        *made,
        Figure("proxy.start", "start of uv behind the proxy", uv, "+ms", 150),
        Figure("proxy.memory", "the proxy's memory for a wheel of 1 GB", "for one of 1 MB", "times"),
        Figure("proxy.memory.peak", "the most memory of the proxy, for a wheel of 1 GB", "", "MiB"),
    ]


def _wrapped() -> list[Figure]:
    bare = "the application by itself"
    signals = ("no signal", "another preference", "Prefer", "Prefer and comment", "among other preferences")
    return [
        Figure(f"middleware.{interface} {signal}", f"a request, {interface} middleware, {signal}", bare, "+µs", 3)
        for interface in ("WSGI", "ASGI")
        for signal in signals
    ]


def _decided() -> list[Figure]:
    return [
        Figure("decision.request", "an index's decision on one of pip's requests", "", "µs"),
        Figure("decision.signal", "the same, opted out", "", "µs"),
        Figure("decision.worst", "the same on 100 kB made to be slow, the slowest of ten kinds", "", "ms", 5),
        Figure(
            "decision.growth", "the same on ten times the text, the steepest of ten kinds", "a tenth of it", "times"
        ),
        Figure("engines.spark", "Spark leaves the opted-out out of a log", "DuckDB", "times"),
        Figure("engines.plain", "Spark without its search for plain text", "Spark", "times"),
    ]


def _filtered() -> list[Figure]:
    peers = {"grep": "`grep -avE` in the C locale", "grep-utf8": "`grep -avE` in UTF-8", "rg": "`rg -v`"}
    made, ours = [], "our filter's"
    for name, what in peers.items():
        busy = f"a log of 1 GB: processor time of {what}"
        goal = None if name == "grep-utf8" else 2.0
        made.append(Figure(f"filter.{name}.cpu", busy, ours, "times", goal, at_least=True))
        made.append(Figure(f"filter.{name}.wall", f"a log of 1 GB: time of {what}", ours, "times"))
    return made


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for rows in (_started, _resolved, _requested, _patched, _started_tools, _proxied, _wrapped, _decided, _filtered)
    for figure in rows()
}

_PIP = "processor time / plain pip"
_UV = "time / uv alone"
_BOTH, _PROXY = ("with the shim", "patched"), ("behind the proxy",)
CURVES: dict[str, Curve] = {
    curve.name: curve
    for curve in (
        Curve("growth.requests", "Requests of one pip", "requests", _PIP, _BOTH),
        Curve("growth.files", "One file, by pip", "bytes", _PIP, _BOTH),
        Curve("growth.proxied", "Requests of one uv, three to a wheel", "requests", _UV, _PROXY),
        Curve("growth.parallel", "64 wheels of 1 MB by uv, so many at once", "downloads at once", _UV, _PROXY),
        Curve("growth.sizes", "One file, by uv", "bytes", _UV, _PROXY),
        Curve("filter.sizes", "A log", "bytes", "processor time / our filter's", ("grep", "grep-utf8", "rg")),
    )
}


def read(path: str = RESULTS) -> Results:
    """What was measured; nothing where there is no such file."""
    if not os.path.exists(path):
        return {"scripts": {}}
    with open(path, encoding="utf-8") as file:
        found: Results = json.load(file)
    return found


def found(results: Results, name: str) -> dict[str, float] | None:
    """The "value" and "spread" of a figure; None where it was not measured."""
    section = results["scripts"].get(FIGURES[name].script, {})
    measured: dict[str, float] | None = section.get("figures", {}).get(name)
    return measured


def told(results: Results, name: str) -> str:
    """A figure as it is written; where there is none, that."""
    measured = found(results, name)
    return shown(FIGURES[name], measured["value"]) if measured else NOT_MEASURED


def shown(figure: Figure, value: float) -> str:
    """A value as it is written."""
    if figure.unit == "times":
        return f"{digits(value, near_one=True)} times"
    sign = "+" if figure.unit.startswith("+") and value >= 0 else ""
    return f"{sign}{digits(value)} {figure.unit.lstrip('+')}"


def digits(value: float, *, near_one: bool = False) -> str:
    """Three significant digits or so; a ratio near one has three after the point."""
    size = abs(value)
    after = 3 if near_one and 0.9 < size < 1.1 else 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    text = f"{value:.{after}f}"
    return text.lstrip("-") if float(text) == 0 else text


def goal(name: str) -> str:
    """The goal of a figure in words; "" without one."""
    figure = FIGURES[name]
    if figure.goal is None:
        return ""
    for_python = f" (Python {figure.python})" if figure.python else ""
    return f"{'≥' if figure.at_least else '≤'} {figure.goal:g} {figure.unit.lstrip('+')}{for_python}"


def met(figure: Figure, value: float, python: str) -> bool | None:
    """Whether a value is what it was to be; None where there is no goal, or it is for another Python."""
    if figure.goal is None or (figure.python and not python.startswith(f"{figure.python}.")):
        return None
    return value >= figure.goal if figure.at_least else value <= figure.goal
