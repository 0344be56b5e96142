"""``{measured}`NAME```: a figure of benchmarks/results.json, by its name in benchmarks/figures.py.

So no page has a figure of its own: what nobody measured is said to be that.
"""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxRole

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import figures

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class Measured(SphinxRole):
    """A figure as it is written in the table: "1.13 times", "+2.1 ms"."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The text."""
        self.env.note_dependency(figures.RESULTS)
        self.env.note_dependency(figures.__file__)
        if self.text not in figures.FIGURES:
            problem = self.inliner.reporter.error(f"benchmarks/figures.py has no {self.text!r}", line=self.lineno)
            return [], [problem]
        return [nodes.Text(figures.told(figures.read(), self.text))], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Say to Sphinx what is here."""
    app.add_role("measured", Measured())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
