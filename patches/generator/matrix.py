"""Patch every release, run it, and write down what an index received: the table of results.

    python patches/generator/matrix.py [--results FILE.jsonl] [--table FILE.md] [--each-python] [RELEASE...]

Wheels come from the registry that pip is configured for, into the cache folder of the tests (tests/environments.py).
For each release the cases of ``pep786 verify`` and the traps of ``tests/patches/traps.py`` are run on the patched
wheel, and some cases on the wheel as it was released, which has to fail them. What is in the results file is not
run again while the patch is the same, so a run can be stopped and taken up.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Dict, Iterator

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from pep786 import patching
from pep786.patching import Release, mailbox
from pep786.verify import pip as pips
from tests.patches import released, traps

Row = Dict[str, object]

#: What a release that is not patched has to fail.
_HAS_TO_FAIL = (
    "PIP_NO_ANALYTICS='1' opts out",
    "pip.conf [global] no-analytics = true",
    "--no-analytics after the command",
)


def pairs(versions: list[str], *, each_python: bool) -> Iterator[tuple[Release, str | None]]:
    """Each release with a Python that runs it, the newest here, or with each; None where there is none."""
    known = [release for release in patching.releases("pip") if not versions or release.version in versions]
    last_of_each = {release.patch: release for release in known}.values()
    for release in sorted(known, key=lambda release: release not in last_of_each):
        here = released.pythons(release)
        if not here:
            yield release, None
        for python in here if each_python else here[:1]:
            yield release, python


def tried(release: Release, python: str) -> Row:
    """The row of a release on a Python."""
    row: Row = {"version": release.version, "python": python, "patch": digest(release)}
    with tempfile.TemporaryDirectory(prefix="pep786-matrix-") as root:
        environment = released.environment(Path(root, "patched"), release.version, python)
        found = pips.find(environment.python)
        if (found.version, found.tier) != (release.version, "native"):
            return {**row, "failed": [f"found {found.version}, {found.tier}"]}
        with released.serving(python):
            outcomes = list(pips.verify(found, released.cases()))
            stock = released.environment(Path(root, "stock"), release.version, python, patched=False)
            refused = [case for case in released.cases() if case.name in _HAS_TO_FAIL]
            before = list(pips.verify(pips.find(stock.python), tuple(refused)))
        count = iter(range(100))
        case = traps.Case(
            release.version,
            python,
            environment,
            Path(root, "work"),
            lambda: released.environment(Path(root, f"fresh{next(count)}"), release.version, python),
        )
        wrong = {name: traps.run(name, case) for name in traps.TRAPS if traps.applies(name, release.version)}
    verdicts = Counter(outcome.verdict for outcome in outcomes)
    failed = [f"{outcome.case.name}: {outcome.reason}" for outcome in outcomes if outcome.verdict == "failed"]
    failed += [f"{name}: {'; '.join(faults)}" for name, faults in wrong.items() if faults]
    failed += [f"unpatched, yet: {outcome.case.name}" for outcome in before if outcome.verdict != "failed"]
    return {**row, "clauses": verdicts["passed"], "skipped": verdicts["skipped"], "traps": len(wrong), "failed": failed}


def digest(release: Release) -> str:
    """What a result is good for: this patch, as far as it is pip's own code."""
    parts = [part.text for part in mailbox.read(release.patch) if part.path.startswith(("pip/", "src/pip/"))]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


def table(rows: list[Row]) -> str:
    """The rows in Markdown."""
    lines = [
        "# Patched releases of pip, run",
        "",
        "Made by `python patches/generator/matrix.py --table docs/pip-patches.md`.",
        "",
    ]
    lines += [
        "Cases are those of `pep786 verify` that a pip without pep786 can meet; skipped ones are isolated builds,",
        "which that pip does not know. The traps are in `tests/patches/traps.py`. Before it was patched, each release",
        "failed the cases that were tried: a variable, a line in pip.conf, the flag.",
        "",
        "| pip | Python | patch | cases passed | skipped | traps run | failed |",
        "|---|---|---|---|---|---|---|",
    ]
    ordered = sorted(rows, key=lambda row: [int(part) for part in str(row["version"]).split(".")])
    for row in ordered:
        release = patching.find("pip", str(row["version"]))
        failed = "; ".join(str(fault).replace("|", "/")[:160] for fault in row.get("failed", []))  # type: ignore[attr-defined]
        cells = [row["version"], row["python"], os.path.basename(release.patch)]
        cells += [row.get("clauses", 0), row.get("skipped", 0), row.get("traps", 0), failed or "none"]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    absent = [
        release.version
        for release in patching.releases("pip")
        if release.version not in {row["version"] for row in rows}
    ]
    if absent:
        lines += ["", f"Not run: {', '.join(absent)}. (20.0 does not start as released, and was yanked.)"]
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None) -> int:
    """Run what has no result yet, and write the table. Exit status 1 if anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("releases", nargs="*", metavar="RELEASE", help="only these")
    parser.add_argument("--results", type=Path, default=Path(".cache", "patches.jsonl"), help="kept between runs")
    parser.add_argument("--table", type=Path, help="where to write the table in Markdown")
    parser.add_argument(
        "--each-python", action="store_true", help="each Python that runs a release, not the newest only"
    )
    arguments = parser.parse_args(argv)
    for name in [name for name in os.environ if name.startswith("PIP_") or name.endswith("_NO_ANALYTICS")]:
        del os.environ[name]
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[tuple[object, object], Row] = {}
    if arguments.results.exists():
        for line in arguments.results.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["patch"] == digest(patching.find("pip", row["version"])):
                kept[row["version"], row["python"]] = row
    for release, python in pairs(arguments.releases, each_python=arguments.each_python):
        if python is None:
            which = f"none of Python {', '.join(release.pythons)} is here" if release.pythons else "no Python runs it"
            print(f"pip {release.version}: skipped, {which}", flush=True)
        elif (release.version, python) not in kept:
            kept[release.version, python] = row = tried(release, python)
            with arguments.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            print(row, flush=True)
    text = table(list(kept.values()))
    if arguments.table:
        arguments.table.write_text(text, encoding="utf-8")
    return int(any(row["failed"] for row in kept.values()))


if __name__ == "__main__":
    sys.exit(main())
