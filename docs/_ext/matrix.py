"""``{conformance}``: docs/conformance.json as a page to look at: releases across, clauses down, a mark in each cell."""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from pep786.verify import tools

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

DATA = Path(__file__).resolve().parents[1] / "conformance.json"

#: Where a clause is shown, by what it says of its source.
FAMILIES = {
    "Nothing said": ("Backwards Compatibility",),
    "Variables": ("Environment Variable", "design, D10"),
    "Files": ("Configuration File Option", "design, D3", "design, D5", "design, D6", "design, D17", "design, D17a"),
    "Flags": ("Command Line Flag", "design, D8", "design, D9"),
    "Isolated builds": (),
    "Every request": ("design, D11",),
    "The suffix": ("design, D19",),
}
#: A clause for every tool, and the clause of pip's own that says the same in pip's words.
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


def family(clause: dict[str, Any]) -> str:
    """The heading that a clause stands under."""
    if clause.get("command") == "wheel" or clause.get("project") == "demo-sdist":
        return "Isolated builds"
    if clause["name"].startswith("pip.conf"):
        return "Files"
    return next(name for name, sections in FAMILIES.items() if clause["section"] in sections)


def columns(data: dict[str, Any], group: str) -> list[dict[str, Any]]:
    """The releases of a matrix; among the newest tools the newest pip comes first."""
    shown = [tool for tool in data["tools"] if tool["group"] == group]
    return shown if group != "newest" else [*(tool for tool in data["tools"] if tool["group"] == "pip")][:1] + shown


def outcome(tool: dict[str, Any], clause: str) -> dict[str, Any] | None:
    """What became of a clause; None where it is not there."""
    names = (clause, AS_PIP_HAS_IT.get(clause)) if tool["name"] == "pip" else (clause,)
    return next((found for found in tool["outcomes"] if found["clause"] in names), None)


def _matrix(data: dict[str, Any], group: str) -> str:
    shown = columns(data, group)
    clauses = data["clauses"]["pip" if group == "pip" else "tools"]
    head = "".join(_column(tool) for tool in shown)
    body = "".join(
        f'<tbody><tr class="family"><th colspan="{len(shown) + 1}" scope="rowgroup"><span>{name}</span></th></tr>'
        + "".join(_row(clause, shown) for clause in clauses if family(clause) == name)
        + "</tbody>"
        for name in FAMILIES
        if any(family(clause) == name for clause in clauses)
    )
    return (
        f'<div class="matrix" data-group="{group}"><div class="matrix-scroll" tabindex="0" role="region" '
        f'aria-label="Clauses and releases"><table><thead><tr><th class="corner" scope="col">clause</th>{head}</tr>'
        f'</thead>{body}</table></div><p class="matrix-told" aria-live="polite">'
        "Point at a mark, a clause or a release, or tap it.</p></div>"
    )


def _column(tool: dict[str, Any]) -> str:
    told = f"{tool['name']} {tool['version']}: {way(tool)}, {tool['date']}. {tool['command']}"
    return (
        f'<th scope="col" data-told="{html.escape(told)}"><span class="turned"><b>{html.escape(tool["name"])}</b> '
        f"{html.escape(tool['version'])}</span></th>"
    )


def _row(clause: dict[str, Any], shown: list[dict[str, Any]]) -> str:
    wanted = "sent" if clause["opted_out"] else "not sent"
    told = html.escape(f"{clause['name']}. {situation(clause)}")
    cells = "".join(_cell(tool, clause) for tool in shown)
    return (
        f'<tr><th scope="row" data-told="{told}">{html.escape(clause["name"])} '
        f'<small class="wanted" data-wanted="{wanted}">{wanted}</small></th>{cells}</tr>'
    )


def _cell(tool: dict[str, Any], clause: dict[str, Any]) -> str:
    found = outcome(tool, clause["name"])
    if found is None:
        return "<td></td>"
    mark, word = MARKS[found["verdict"]]
    told = html.escape(f"{tool['name']} {tool['version']}, {found['clause']}: {word}. {found['reason']}")
    return (
        f'<td data-verdict="{found["verdict"]}" data-told="{told}" title="{told}">'
        f'<span aria-hidden="true">{mark}</span>'
        f'<span class="unseen">{word}</span></td>'
    )


def situation(clause: dict[str, Any]) -> str:
    """What a tool finds in a clause, what the index has to receive, and where that is said."""
    found = [f"{name}={value!r}" for name, value in clause["variables"].items()]
    texts = {
        "pip.conf": clause.get("pip_conf"),
        "pyproject.toml": clause["pyproject"],
        "pep786/config.toml": clause["own_config"],
    }
    found += [f"{file}: {text.strip().replace(chr(10), ' ')}" for file, text in texts.items() if text]
    flags = [*clause.get("before", ()), *clause.get("after", ()), *([clause["flag"]] if clause.get("flag") else [])]
    found += flags
    if clause.get("key"):
        found.append("no-analytics = true in the tool's own file")
    wanted = "Each request has to carry the signal" if clause["opted_out"] else "No request may carry the signal"
    if clause["opted_out"] and not clause["suffix"]:
        wanted += ", without the suffix"
    section = clause["section"].replace("design, ", "")
    return f"Found by the tool: {'; '.join(found) or 'nothing'}. {wanted} ({section})."


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
        (count["passed"], "✓ clauses hold"),
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
