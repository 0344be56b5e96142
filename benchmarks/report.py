"""docs/performance.md and its drawings, made of results.json. Nothing on the page is written by hand.

python benchmarks/report.py        writes it anew, as run.py does
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Iterator

import figures
from environments import ROOT
from figures import CURVES, FIGURES, Curve, Results
from measure import table

PAGE = os.path.join(ROOT, "docs", "performance.md")

_HEAD = """\
% Written by benchmarks/run.py from benchmarks/results.json; do not edit.

# Performance

Every figure that this documentation quotes, from one run of

    nox -s benchmarks

Nothing here is worth quoting as an absolute figure: two things ran side by side, in turn, and what is given is the
median of the ratios or differences *within* a round. The spread is how far the middle half of the rounds lies apart.
Controls are the same thing twice: what they show is the error of the rows around them. Instructions are counted by
callgrind and hardly depend on what else the machine does. The last column is the script that measures a row, by itself
or, with `nox -s benchmarks -- --only NAME`, into this page: [how it is measured](../benchmarks/README.md).
"""

_CURVES = """\
## How it grows

Each point is a ratio of two whole runs, start to end, from the same rounds; in brackets the spread.
"""


def write(results: Results, path: str = PAGE) -> None:
    """Write the page, and the drawings of its curves where matplotlib is here."""
    folder = os.path.splitext(path)[0]
    os.makedirs(folder, exist_ok=True)
    for curve, lines in measured_curves(results):
        _draw(curve, lines, drawing(folder, curve))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text(results))


def drawing(folder: str, curve: Curve) -> str:
    """Where a curve's drawing is."""
    return os.path.join(folder, f"{curve.name.replace('.', '-')}.svg")


def text(results: Results) -> str:
    """The page."""
    parts = [_HEAD, summary(results), _made(results), f"## The table\n\n{_table(results)}", _CURVES]
    measured = {curve.name: lines for curve, lines in measured_curves(results)}
    for curve in CURVES.values():
        parts.append(f"### {curve.what}")
        if curve.name in measured:
            parts.append(f"![{curve.ratio}, by {curve.axis}](performance/{os.path.basename(drawing('', curve))})")
        parts.append(_points(curve, measured.get(curve.name)))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def summary(results: Results) -> str:
    """How many figures have a goal, how many meet it, and which do not."""
    judged = {name: _met(results, name) for name, figure in FIGURES.items() if figure.goal is not None}
    missed = [name for name, met in judged.items() if met is False]
    met = sum(met is True for met in judged.values())
    rest = len(judged) - met - len(missed)
    unknown = f", {rest} could not be judged" if rest else ""
    lines = [f"{met} of {len(judged)} figures with a goal meet it, {len(missed)} do not{unknown}."]
    quick = [name for name, section in results["scripts"].items() if section.get("quick")]
    if quick:
        lines.insert(0, f"**Run with `--quick`, to see whether it works; not to be quoted: {', '.join(quick)}.**\n")
    shown = [f"- missed: {FIGURES[name].what}: {figures.told(results, name)}, goal {_goal(name)}" for name in missed]
    return "\n".join([*lines, *([""] if missed else []), *shown])


def _made(results: Results) -> str:
    """On what and when; a line to each script that could not be run, or not whole."""
    sections = results["scripts"]
    ran = {name: found for name, found in sections.items() if "failed" not in found}
    how = sorted(
        {f"Python {one['python']}, {one['platform']}, {one['processor']}, {one['date']}" for one in ran.values()}
    )
    lines = [f"Run on {'; '.join(how)}."] if how else []
    found = {each: version for one in ran.values() for each, version in one["versions"].items()}
    named = [f"{name} {found[name]}" for name in figures.COMPARED if name in found]
    lines += [f"With {', '.join(named)}."] if named else []
    lines += [
        f"`benchmarks/{name}.py` has no figures: {one['failed']}." for name, one in sections.items() if "failed" in one
    ]
    lines += [f"`benchmarks/{name}.py` ran {one['note']}." for name, one in sections.items() if one.get("note")]
    return "\n\n".join(lines)


def _table(results: Results) -> str:
    rows = []
    for name, figure in FIGURES.items():
        found = figures.found(results, name)
        spread = figures.digits(found["spread"]) if found and found["rounds"] > 1 else ""
        verdict = {True: "met: ", False: "**missed**: ", None: ""}[_met(results, name)]
        by = f"[{figure.script}](../benchmarks/{figure.script}.py)"
        rows.append([figure.what, figure.against, figures.told(results, name), spread, f"{verdict}{_goal(name)}", by])
    return table(["what", "against", "measured", "spread", "goal", "by"], rows, left=(0, 1, 4, 5))


def _goal(name: str) -> str:
    return figures.goal(name).replace("≥", "at least").replace("≤", "at most")


def _met(results: Results, name: str) -> bool | None:
    found = figures.found(results, name)
    if found is None:
        return None
    return figures.met(FIGURES[name], found["value"], results["scripts"][FIGURES[name].script]["python"])


def measured_curves(results: Results) -> Iterator[tuple[Curve, dict[str, Any]]]:
    """Each curve that there are points of, with its lines."""
    for name, curve in CURVES.items():
        lines = results["scripts"].get(curve.script, {}).get("curves", {}).get(name)
        if lines:
            yield curve, lines


def _points(curve: Curve, lines: dict[str, Any] | None) -> str:
    """The table of a curve: a row to each point."""
    by = f"`benchmarks/{curve.script}.py`"
    if lines is None:
        return f"{by}: {figures.NOT_MEASURED}."
    names = [name for name in curve.series if name in lines]
    rows = [
        [
            _size(point[0][0], curve.axis),
            *(f"{figures.digits(one['value'], near_one=True)} ({figures.digits(one['spread'])})" for _, one in point),
        ]
        for point in zip(*(lines[name] for name in names))
    ]
    return f"{curve.ratio}, {by}:\n\n{table([curve.axis, *names], rows)}"


def _size(number: float, axis: str) -> str:
    """A number of bytes as people write it; any other as it is."""
    if axis != "bytes":
        return f"{number:,.0f}"
    power = next(power for power in (9, 6, 3, 0) if number >= 10**power or power == 0)
    return f"{number / 10**power:g} {dict(zip((9, 6, 3, 0), ('GB', 'MB', 'kB', 'B')))[power]}"


def digest(lines: dict[str, Any]) -> str:
    """What a drawing carries of the points that it shows."""
    return hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest()[:16]


def _draw(curve: Curve, lines: dict[str, Any], path: str) -> None:
    """One drawing, with colours that can be read on white and on black."""
    try:
        from matplotlib import pyplot as plt
        from matplotlib import rcParams
    except ImportError:
        print(f"{os.path.basename(path)}: not drawn anew, there is no matplotlib (nox -s benchmarks has it)")
        return
    quiet = "#7d828a"
    rcParams.update({"svg.fonttype": "none", "svg.hashsalt": curve.name, "font.family": "sans-serif", "font.size": 9})
    rcParams.update(
        dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), quiet)
    )
    drawn, axes = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
    for name, colour, marker in zip(curve.series, ("#0f9d82", "#d9772b", "#8a6fd1"), "os^"):
        points = lines.get(name, [])
        values = [one["value"] for _, one in points]
        half = [one["spread"] / 2 for _, one in points]
        axes.errorbar(
            [at for at, _ in points], values, half, color=colour, marker=marker, markersize=4, label=name, elinewidth=1
        )
    axes.axhline(1, color=quiet, linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel=curve.axis, ylabel=curve.ratio)
    places = sorted({at for points in lines.values() for at, _ in points})
    axes.set_xticks(places, labels=[_size(place, curve.axis) for place in places])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="best")
    metadata = {"Date": None, "Creator": None, "Description": digest(lines)}
    drawn.savefig(path, transparent=True, metadata=metadata)
    plt.close(drawn)


if __name__ == "__main__":
    write(figures.read())
