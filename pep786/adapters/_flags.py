"""``--no-analytics`` and ``--analytics`` on a tool's own command line, as options that its own parser knows."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from ._host import Host

NO = ("--no-analytics", "Ask the index to leave this run out of shared analytics.")
YES = ("--analytics", "Send no such request, whatever is configured.")


def add_to_click(command: Any, host: Host) -> None:
    """Give a click command the two options; of several the last wins, as click has it.

    In terms of the click that the command is made of: pipenv of 2023 brings its own.
    """
    bases = type(command).__mro__
    click: Any = next(sys.modules[base.__module__] for base in bases if base.__module__.endswith("click.core"))
    if any(NO[0] in option for parameter in command.params for option in (parameter.opts, parameter.secondary_opts)):
        host.native = True
        return

    def callback(context: Any, parameter: Any, value: bool | None) -> None:
        # A value from the tool's configuration is the resolver's to rank.
        if value is not None and context.get_parameter_source(parameter.name).name == "COMMANDLINE":
            host.set_flag(value)

    command.params.append(
        click.Option(
            [f"{NO[0]}/{YES[0]}"], default=None, expose_value=False, callback=callback, help=f"{NO[1]} / {YES[1]}"
        )
    )


def add_to_argparse(parser: argparse.ArgumentParser, host: Host) -> None:
    """Give an argparse parser the two options, which leave nothing in its namespace."""
    import argparse

    known = parser._option_string_actions.get(NO[0])
    if known is not None:  # ours, where a command has another name too; else the tool's own
        host.native = host.native or not hasattr(known, "pep786")
        return

    class Flag(argparse.Action):
        pep786 = True

        def __call__(self, *_: Any, **__: Any) -> None:
            host.set_flag(self.const)

    for (option, text), const in ((NO, True), (YES, False)):
        parser.add_argument(
            option, action=Flag, nargs=0, const=const, dest=argparse.SUPPRESS, default=argparse.SUPPRESS, help=text
        )


def add_to_subparsers(parser: argparse.ArgumentParser, host: Host, but: tuple[str, ...]) -> None:
    """Give an argparse parser and those of its commands the two options, but not the commands that pass theirs on."""
    import argparse

    add_to_argparse(parser, host)
    for action in list(parser._actions):
        if isinstance(action, argparse._SubParsersAction):
            for name, subparser in action.choices.items():
                if name not in but and isinstance(subparser, argparse.ArgumentParser):
                    add_to_subparsers(subparser, host, but)
