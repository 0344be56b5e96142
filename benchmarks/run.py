"""Every benchmark, one after the other: results.json, and docs/performance.md from it.

    python benchmarks/run.py                    all; half an hour to forty minutes on two quiet processors
    python benchmarks/run.py --only proxy       these rows anew, all others as they were
    python benchmarks/run.py --quick            whether everything works, in minutes: in .cache, not to be quoted

A script that fails, or takes longer than it may, is said, and its rows are "not measured"; the others go on. What a
script is compared with and cannot share an environment with the rest (mitmproxy; DuckDB and Spark) is installed in
environments of its own in .cache, from the registry that pip is configured for.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from typing import Any, NamedTuple

import figures
import report
from environments import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(ROOT, ".cache", "benchmarks")
INSTALLING = 600


class Script(NamedTuple):
    """One benchmark: how many seconds it may take, and what it needs beside in an environment of its own."""

    seconds: int
    needs: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()


SCRIPTS = {
    "startup": Script(900),
    "resolve": Script(900),
    "request": Script(600),
    "patched": Script(600),
    "tools": Script(600),
    "proxy": Script(1200, ("mitmproxy",)),
    "growth": Script(1500),
    "middleware": Script(300),
    "decision": Script(300),
    "engines": Script(900, ("duckdb", "pyspark"), ("java",)),
    "filter": Script(1200),
}


class FailedError(Exception):
    """A script has no figures; says why."""


def main() -> int:
    """Run, collect, write the page. Returns 1 where a script failed."""
    options = _options()
    names = options.only or list(SCRIPTS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the script that runs is ended too
    status = 0
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name}", flush=True)
        start = time.monotonic()
        try:
            section = measured(os.path.join(HERE, f"{name}.py"), SCRIPTS[name], quick=options.quick)
        except FailedError as failure:
            section, status = {"failed": str(failure), "date": _today()}, 1
            print(f"  {name}: {failure}", flush=True)
        if options.quick:
            section["quick"] = True
        section["seconds"] = round(time.monotonic() - start)
        results = _with(figures.read(options.results), name, section)
        _write(options.results, results)
        report.write(results, options.page)
    print(report.summary(figures.read(options.results)))
    return status


def _with(results: figures.Results, name: str, section: dict[str, Any]) -> figures.Results:
    """The results with a section in its place."""
    sections = {**results["scripts"], name: section}
    return {"scripts": {each: sections[each] for each in SCRIPTS if each in sections}}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds and small sizes: no figures to quote")
    parser.add_argument("--only", action="append", choices=list(SCRIPTS), metavar="NAME", help="these rows only")
    parser.add_argument("--results", metavar="FILE", help="instead of benchmarks/results.json")
    parser.add_argument("--page", metavar="FILE", help="instead of docs/performance.md")
    options = parser.parse_args()
    os.makedirs(CACHE, exist_ok=True)
    options.results = options.results or (os.path.join(CACHE, "quick.json") if options.quick else figures.RESULTS)
    options.page = options.page or (os.path.join(CACHE, "quick.md") if options.quick else report.PAGE)
    return options


def measured(path: str, script: Script, *, quick: bool) -> dict[str, Any]:
    """The section of one script in the results, as it ran. Raises FailedError."""
    missing = [program for program in script.programs if shutil.which(program) is None]
    if missing:
        raise FailedError(f"{', '.join(missing)} is not here")
    python, more = sys.executable, ["--quick"] if quick else []
    note, versions = "", {}
    if script.needs == ("mitmproxy",):
        try:
            peer = environment(script.needs)
            versions = _installed(peer, script.needs)
            more += ["--mitmproxy", os.path.join(os.path.dirname(peer), "mitmdump")]
        except FailedError as failure:
            note = f"without mitmproxy: {failure}"
            print(f"  {note}", flush=True)
    elif script.needs:
        python = environment(script.needs)
        versions = _installed(python, script.needs)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        output = os.path.join(folder, "output.json")
        _run([python, path, *more, "--json", output], script.seconds, folder)
        with open(output, encoding="utf-8") as file:
            data = json.load(file)
    data["versions"] = {**data.get("versions", {}), **versions}
    return _section(data, note)


def _section(data: dict[str, Any], note: str) -> dict[str, Any]:
    """What is kept: the figures, how they were come by, nothing that is only about this machine."""
    unknown = [name for name in data["figures"] if name not in figures.FIGURES]
    unknown += [name for name in data.get("curves", {}) if name not in figures.CURVES]
    if unknown:
        raise FailedError(f"figures.py does not have {', '.join(unknown)}")
    made = {
        "date": _today(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": f"{processor()}, {os.cpu_count()} processors",
        "versions": _flat(data.get("versions", {})),
        "figures": {name: _rounded(figure) for name, figure in data["figures"].items()},
        "curves": {
            curve: {line: [[at, _rounded(figure)] for at, figure in points] for line, points in lines.items()}
            for curve, lines in data.get("curves", {}).items()
        },
    }
    return {**made, "note": note} if note else made


def _today() -> str:
    return dt.datetime.now(tz=dt.timezone.utc).date().isoformat()


def _rounded(figure: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in figure.items()}


def _flat(versions: dict[str, Any]) -> dict[str, str]:
    """Project to version, from one environment or several, of what the page names."""
    several = [found for found in versions.values() if isinstance(found, dict)]
    flat = {name: version for found in several or [versions] for name, version in found.items()}
    return {name: flat[name] for name in figures.COMPARED if name in flat}


def _installed(python: str, names: tuple[str, ...]) -> dict[str, str]:
    """The versions of what an environment was made for."""
    ask = "import sys, importlib.metadata as data; print(*(data.version(name) for name in sys.argv[1:]))"
    done = subprocess.run([python, "-c", ask, *names], check=True, capture_output=True, text=True)
    return dict(zip(names, done.stdout.split()))


def processor() -> str:
    """What the machine calls its processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def environment(needs: tuple[str, ...]) -> str:
    """The Python of an environment with these, made once. Raises FailedError where they cannot be installed."""
    folder = os.path.join(CACHE, "-".join(needs))
    python = os.path.join(folder, "Scripts" if os.name == "nt" else "bin", "python")
    if not os.path.exists(os.path.join(folder, "complete")):
        print(f"  installing {', '.join(needs)}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        _run([python, "-m", "pip", "install", "--quiet", *needs], INSTALLING, folder)
        with open(os.path.join(folder, "complete"), "w", encoding="utf-8"):
            pass
    return python


def _run(command: list[str], seconds: int, folder: str) -> None:
    """Run to the end, or until the time is over; what it started ends with it. Its temporary files are in folder."""
    environ = {**os.environ, "TMPDIR": folder}
    child = subprocess.Popen(command, env=environ, cwd=ROOT, start_new_session=True)
    try:
        status = child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise FailedError(f"not done in {seconds} s") from None
    finally:
        if os.name != "nt":
            _end(child)
    if status:
        raise FailedError(f"it ended with status {status}, see above")


def _end(child: subprocess.Popen[bytes]) -> None:
    """End what is left of a script's session; most often nothing is."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _write(path: str, results: figures.Results) -> None:
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(results, file, indent=1, ensure_ascii=False)
        file.write("\n")
    os.replace(f"{path}.new", path)


if __name__ == "__main__":
    sys.exit(main())
