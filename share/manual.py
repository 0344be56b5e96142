"""The man page, from the command line's parser: man(7) macros only, so that groff and mandoc both render it."""

# ruff: noqa: INP001  beside a script
from __future__ import annotations

import argparse

import pep786
from pep786 import cli, resolver

_ENVIRONMENT = {
    " ".join(resolver.VARIABLES): "Any value that is not empty opts out, 0 included.",
    "PEP786_USER_AGENT": "With 0 the User-Agent is left as it was; the header is sent all the same.",
    "PEP786_ONLY_HOSTS": "As run --only, a list with commas.",
    "PEP786_APPS": "With any value, run --apps.",
    "PEP786_JOURNAL": "With 1, requests are noted in the journal that log reads; a path names its file.",
    "PEP786_CACHE": "The folder for the releases that verify fetches.",
    "NO_COLOR, FORCE_COLOR": "Whether the output is coloured; without them, where it goes to a terminal.",
}
_FILES = {
    "~/.config/pep786/config.toml, /etc/pep786/config.toml": "no-analytics = true speaks for every tool.",
    "~/.local/state/pep786/journal.jsonl": "The journal, where one is kept.",
    "pyproject.toml": "no-analytics = true in the table tool.pep786, likewise, for the project.",
}
_STATUS = "0 done or yes, 1 no or failed, 2 bad usage or configuration. run gives the status of the command."


def page(parser: argparse.ArgumentParser) -> str:
    """The page, with a section for each command."""
    lines = [
        '.\\" Made by share/generate.py: change the parser instead.',
        f'.TH PEP786 1 "" "pep786 {pep786.__version__}" "User Commands"',
        *(".nh", ".ad l"),  # neither hyphens nor blanks that would be copied
        *(".SH NAME", r"pep786 \- leave me out of the analytics that package indexes share"),
        *(".SH SYNOPSIS", ".B pep786", r"[\fB\-\-version\fR] \fICOMMAND\fR ..."),
        *(".SH DESCRIPTION", *_text(parser.description or ""), ".PP", _escaped(f"It implements {cli.DRAFT}.")),
        ".SH COMMANDS",
    ]
    for command, summary in _commands(parser):
        lines += _command(command, summary)
    for title, entries in (("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        lines.append(f".SH {title}")
        for names, text in entries.items():
            lines += [".TP", f".B {_escaped(names)}", _escaped(text)]
    lines += [".SH EXIT STATUS", _escaped(_STATUS)]
    lines += [".SH SEE ALSO", r".BR pip (1),", r".BR uv (1)"]
    return "\n".join(lines) + "\n"


def _commands(parser: argparse.ArgumentParser) -> list[tuple[argparse.ArgumentParser, str]]:
    """Each command and its line of help; the actions of a command follow it."""
    found = []
    for action in parser._actions:  # noqa: SLF001  there is no public way to ask a parser what it knows
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for choice in action._choices_actions:  # noqa: SLF001
                command = action.choices[choice.dest]
                found += [(command, str(choice.help)), *_commands(command)]
    return found


def _command(command: argparse.ArgumentParser, summary: str) -> list[str]:
    lines = [f".SS {_escaped(command.prog)}", *_synopsis(command), ".PP"]
    lines += _text(command.description or f"{summary[0].upper()}{summary[1:]}.")
    for action in command._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction) or action.help in (None, argparse.SUPPRESS):  # noqa: SLF001
            continue
        if isinstance(action, argparse._HelpAction):  # noqa: SLF001
            continue
        known = {**vars(action), "prog": command.prog}
        lines += [".TP", _named(action), _escaped(str(action.help) % known)]
    return lines + (_examples(command.epilog) if command.epilog else [])


def _synopsis(command: argparse.ArgumentParser) -> list[str]:
    words = []
    for action in command._actions:  # noqa: SLF001
        if isinstance(action, argparse._HelpAction):  # noqa: SLF001
            continue
        word = _named(action)
        if not action.option_strings:
            word += {"*": " ...", "+": " ..."}.get(str(action.nargs), "")
            word += " ..." if isinstance(action, argparse._SubParsersAction) else ""  # noqa: SLF001
        words.append(word if action.required and action.nargs != "*" else f"[{word}]")
    return [f".B {_escaped(command.prog)}", *words]


def _named(action: argparse.Action) -> str:
    value = f"\\fI{_escaped(_metavar(action))}\\fR"
    if not action.option_strings:
        return value
    names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def _metavar(action: argparse.Action) -> str:
    if isinstance(action.metavar, str):
        return action.metavar
    return "|".join(map(str, action.choices)) if action.choices else action.dest.upper()


def _text(text: str) -> list[str]:
    lines = []
    for paragraph in text.strip().split("\n\n"):
        lines += [".PP", _escaped(" ".join(paragraph.split()))]
    return lines[1:]


def _examples(epilog: str) -> list[str]:
    """The text after the options: examples keep their lines, the rest are paragraphs."""
    lines: list[str] = []
    for block in epilog.strip().split("\n\n"):
        if "\n  " not in block:
            lines += [".PP", _escaped(" ".join(block.split()))]
            continue
        title, *rest = block.splitlines()
        lines += [".PP", _escaped(title), ".PP", ".nf", *(_escaped(line) for line in rest), ".fi"]
    return lines


def _escaped(text: str) -> str:
    r"""The text for troff: its escape character, minus signs that can be copied, no line that looks like a request.

    \: lets a long path or address break, without a hyphen that would be copied with it.
    """
    text = text.replace("\\", "\\e").replace("-", r"\-").replace("^", r"\(ha").replace("~", r"\(ti")
    text = text.replace("'", r"\(aq").replace("`", r"\(ga")
    text = text.replace("|", r"\:|") if len(max(text.split(" "), key=len)) > 30 else text
    return rf"\&{text}" if text.startswith((".", "'")) else text
