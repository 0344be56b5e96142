"""``{commands}``: every command, its arguments and examples, from the parser that reads the command line."""
# ruff: noqa: INP001  Sphinx finds it by conf.py's path

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from pep786 import cli
from pep786.cli import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx


class Commands(SphinxDirective):
    """A section for each command; one with commands of its own holds theirs."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        self.env.note_reread()  # it changes with the code
        os.environ["COLUMNS"] = "100"  # what argparse wraps usage lines to
        parser = cli._parser()  # noqa: SLF001  the parser is no public name
        return [*_described(parser), *(self._section(command) for command in children(parser))]

    def _section(self, parser: argparse.ArgumentParser) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(parser.prog)], names=[parser.prog.lower()])
        self.state.document.note_explicit_target(section)
        section += nodes.title("", parser.prog)
        section += _described(parser)
        section += [self._section(command) for command in children(parser)]
        return section


def children(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """The parsers of a parser's commands, each once."""
    found = {}
    for action in parser._actions:  # noqa: SLF001  argparse has no other way to see them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found.update({id(choice): choice for choice in action.choices.values()})
    return list(found.values())


def _described(parser: argparse.ArgumentParser) -> list[nodes.Node]:
    if parser.prog.split()[1:] == ["run"]:  # read by hand, and so its help is one text
        return [_block(run._HELP.replace("usage: ", "", 1))]  # noqa: SLF001
    usage = re.sub(r"^usage: ", "", parser.format_usage()).rstrip()
    made: list[nodes.Node] = [_block(re.sub(r"\n +", "\n" + " " * 4, usage))]
    made += _text(parser.description)
    arguments = list(_arguments(parser))
    if arguments:
        made.append(nodes.definition_list("", *arguments, classes=["arguments"]))
    return [*made, *_text(parser.epilog)]


def _arguments(parser: argparse.ArgumentParser) -> Iterator[nodes.definition_list_item]:
    formatter = parser._get_formatter()  # noqa: SLF001  it knows how an option is written
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, (argparse._SubParsersAction, argparse._HelpAction)):  # noqa: SLF001
            continue
        if action.help is argparse.SUPPRESS:
            continue
        said = formatter._format_action_invocation(action)  # noqa: SLF001
        helped = (action.help or "") % {**vars(action), "prog": parser.prog}
        helped = re.sub(r"/\S*/python[\d.]*", "this Python", helped)
        term = nodes.term("", "", nodes.literal("", said))
        yield nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", helped)))


def _text(text: str | None) -> Iterator[nodes.Node]:
    """A description: paragraphs, and indented lines as they stand."""
    for part in re.split(r"\n\n+", (text or "").strip("\n")):
        lines = part.splitlines()
        if not lines:
            continue
        prose = [line for line in lines if not line.startswith(" ")]
        at = next((number for number, line in enumerate(lines) if line.startswith(" ")), len(lines))
        if len(prose) != at:  # it goes to and fro: leave it as it is
            yield _block(part)
            continue
        if prose:
            yield nodes.paragraph("", " ".join(prose))
        if lines[at:]:
            indent = min(len(line) - len(line.lstrip()) for line in lines[at:])
            yield _block("\n".join(line[indent:] for line in lines[at:]))


def _block(text: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language="text")


def setup(app: Sphinx) -> dict[str, bool]:
    """Say to Sphinx what is here."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
