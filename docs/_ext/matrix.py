"""``{conformance}``: docs/conformance.json as a page to look at: releases across, cases down, a mark in each cell."""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from pep786.verify import cases, tools
from pep786.verify.places import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

    from pep786.verify.cases import Case

DATA = Path(__file__).resolve().parents[1] / "conformance.json"

#: Where a case is shown, by the section that it is about.
FAMILIES = {
    "Nothing said": "Backwards Compatibility",
    "Variables": "Environment Variable",
    "Files": "Configuration File Option",
    "Flags": "Command Line Flag",
    "Isolated builds": "",
    "Every request": "HTTP Header",
    "The suffix": "User Agent Suffix",
}
#: A case for every tool, and the case of pip's own that says the same in pip's words.
AS_PIP_HAS_IT = {
    "PYTHON_NO_ANALYTICS='0' opts out: any non-empty value does": (
        "PIP_NO_ANALYTICS='0' opts out: any non-empty value does"
    ),
    "no-analytics in the tool's own configuration": "pip.conf [global] no-analytics = true",
    "--no-analytics": "--no-analytics after the command",
    "an isolated build, opted out by configuration": "[wheel] opts its build's downloads out too",
}
#: A mark and a word for each verdict: colour says it too, never alone.
MARKS = {"passed": ("✓", "holds"), "failed": ("✗", "fails"), "skipped": ("\u2013", "not run")}


class Conformance(SphinxDirective):
    """The matrix of one group: ``newest``, ``older`` or ``pip``; ``summary`` and ``commands`` for all of them."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Raw HTML: a table like this is more than a table of docutils can say."""
        self.env.note_dependency(str(DATA))
        data = json.loads(DATA.read_text("utf-8"))
        part = self.arguments[0]
        text = {"summary": _summary, "commands": _commands}[part](data) if part in _PARTS else _matrix(data, part)
        return [nodes.raw("", text, format="html")]


_PARTS = ("summary", "commands")


def family(case: Case) -> str:
    """The heading that a case stands under."""
    if "build" in case.aspects:
        return "Isolated builds"
    return next(name for name, section in FAMILIES.items() if case.section == section)


def columns(data: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """The releases of a matrix; among the newest tools the newest pip comes first."""
    shown = [tool for tool in data["tools"] if tool["group"] == group]
    return shown if group != "newest" else [*(tool for tool in data["tools"] if tool["group"] == "pip")][:1] + shown


def outcome(tool: dict[str, Any], case: str) -> dict[str, Any] | None:
    """What became of a case; None where it is not there."""
    names = (case, AS_PIP_HAS_IT.get(case)) if tool["name"] == "pip" else (case,)
    return next((found for found in tool["outcomes"] if found["case"] in names), None)


def _matrix(data: dict[str, Any], group: str) -> str:
    shown = columns(data, group)
    down = cases.tried_on("pip", "pip") if group == "pip" else cases.tried_on("tools")
    head = "".join(_column(tool) for tool in shown)
    body = "".join(
        f'<tbody><tr class="family"><th colspan="{len(shown) + 1}" scope="rowgroup"><span>{name}</span></th></tr>'
        + "".join(_row(case, shown) for case in down if family(case) == name)
        + "</tbody>"
        for name in FAMILIES
        if any(family(case) == name for case in down)
    )
    return (
        f'<div class="matrix" data-group="{group}"><div class="matrix-scroll" tabindex="0" role="region" '
        f'aria-label="Cases and releases"><table><thead><tr><th class="corner" scope="col">case</th>{head}</tr>'
        f'</thead>{body}</table></div><p class="matrix-told" aria-live="polite">'
        "Point at a mark, a case or a release, or tap it.</p></div>"
    )


def _column(tool: dict[str, Any]) -> str:
    told = f"{tool['name']} {tool['version']}: {way(tool)}, {tool['date']}. {tool['command']}"
    return (
        f'<th scope="col" data-told="{html.escape(told)}"><span class="turned"><b>{html.escape(tool["name"])}</b> '
        f"{html.escape(tool['version'])}</span></th>"
    )


def _row(case: Case, shown: list[dict[str, Any]]) -> str:
    wanted = "sent" if case.opted_out else "not sent"
    told = html.escape(f"{case.name}. {situation(case)}")
    cells = "".join(_cell(tool, case) for tool in shown)
    return (
        f'<tr><th scope="row" data-told="{told}">{html.escape(case.name)} '
        f'<small class="wanted" data-wanted="{wanted}">{wanted}</small></th>{cells}</tr>'
    )


def _cell(tool: dict[str, Any], case: Case) -> str:
    found = outcome(tool, case.name)
    if found is None:
        return "<td></td>"
    mark, word = MARKS[found["verdict"]]
    told = html.escape(f"{tool['name']} {tool['version']}, {found['case']}: {word}. {found['reason']}")
    return (
        f'<td data-verdict="{found["verdict"]}" data-told="{told}" title="{told}">'
        f'<span aria-hidden="true">{mark}</span>'
        f'<span class="unseen">{word}</span></td>'
    )


def situation(case: Case) -> str:
    """What a tool finds in a case, what the index has to receive, and where that is said."""
    found = [f"{name}={value!r}" for name, value in case.environment.items()]
    found += [f"{_shown(name)}: {' '.join(_shown(text).split())}" for name, text in case.files.items()]
    found += [*case.before, *case.arguments]
    wanted = "Each request has to carry the signal" if case.opted_out else "No request may carry the signal"
    if case.opted_out and not case.suffix:
        wanted += ", without the suffix"
    said = ", ".join(filter(None, (case.section, case.rule)))
    return f"Found by the tool: {'; '.join(found) or 'nothing'}. {wanted} ({said})."


def _shown(text: str) -> str:
    """A path or a text of a case, as a person reads it."""
    places = {"pip_conf": "pip.conf", "own_file": "the tool's own file", "own_table": "", "project": "", "config": ""}
    return fill(text, places).lstrip("/")


def way(tool: dict[str, Any]) -> str:
    """How the signal gets out of a tool, in a word."""
    wrapped = tool["name"] != "pip" and tools.driver(tool["name"]).wrapped
    return {
        "native": "native support",
        "shim": "the shim beside it",
        "injected": "the proxy of pep786 run" if wrapped else "the shim, put in for the run",
        "none": "as it is",
    }[tool["tier"]]


def _summary(data: dict[str, Any]) -> str:
    found = [each for tool in data["tools"] for each in tool["outcomes"]]
    count = {verdict: sum(each["verdict"] == verdict for each in found) for verdict in MARKS}
    days = sorted({tool["date"] for tool in data["tools"]})
    tiles = [
        (len(data["tools"]), "releases"),
        (sum(each["requests"] for each in found), "requests received"),
        (count["passed"], "✓ cases hold"),
        (count["failed"], "✗ fail"),
        (count["skipped"], "\u2013 not run"),
    ]
    shown = "".join(f"<div><b>{number:,}</b><span>{name}</span></div>" for number, name in tiles)
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return (
        f'<div class="tiles">{shown}</div><p class="made">Run on <b>{when}</b> by '
        "<code>python docs/generate/conformance.py</code></p>"
    )


def _commands(data: dict[str, Any]) -> str:
    rows = "".join(map(_command, data["tools"]))
    head = "".join(
        f"<th>{name}</th>" for name in ("release", "signal sent by", "run on", "holds", "not run", "command")
    )
    return (
        '<details class="commands"><summary>Every release, with the command that ran it</summary>'
        f'<div class="table-wrapper"><table class="docutils"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _command(tool: dict[str, Any]) -> str:
    count = {verdict: sum(each["verdict"] == verdict for each in tool["outcomes"]) for verdict in MARKS}
    cells: Iterator[str] = (
        html.escape(str(each))
        for each in (f"{tool['name']} {tool['version']}", way(tool), tool["date"], count["passed"], count["skipped"])
    )
    shown = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr>{shown}<td><code>{html.escape(tool['command'])}</code></td></tr>"


def setup(app: Sphinx) -> dict[str, bool]:
    """Say to Sphinx what is here."""
    app.add_directive("conformance", Conformance)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
