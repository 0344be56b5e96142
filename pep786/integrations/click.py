"""click: ``--no-analytics`` and ``--analytics`` (PEP 786, "Command Line Flag")."""

from __future__ import annotations

import click

from ..adapters._flags import NO, YES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    Command = TypeVar("Command")

_GIVEN = "pep786.no_analytics"


def add_flags(command: Command) -> Command:
    """Add the two flags to a command or group: a decorator, as ``click.option`` is (click 8.0 and later).

    The function's ``no_analytics`` is then True, False, or None where neither was given, ready for
    ``pep786.resolve(flag=...)``, which puts it over the environment and that over configuration. Only the command line
    counts: a value from click's ``auto_envvar_prefix`` or ``default_map`` is no flag, and would outrank the
    environment if it were. The last of several wins, on the group or on the command (design, D8)::

        @click.command()
        @add_flags
        def download(no_analytics):
            decision = pep786.resolve("mytool", flag=no_analytics)
    """
    added: Command = click.option(
        f"{NO[0]}/{YES[0]}", "no_analytics", default=None, callback=_flag, help=f"{NO[1]} / {YES[1]}"
    )(command)
    return added


def _flag(context: Any, parameter: Any, value: bool | None) -> bool | None:
    """What the command line says here, or said on the group: its contexts share this."""
    if value is not None and context.get_parameter_source(parameter.name).name == "COMMANDLINE":
        context.meta[_GIVEN] = value
    given: bool | None = context.meta.get(_GIVEN)
    return given
