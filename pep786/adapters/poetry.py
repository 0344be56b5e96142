"""poetry: global options as its own are, ``poetry config no-analytics``, and every request it makes."""

from __future__ import annotations

from . import _flags
from ._host import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

HOST = Host("poetry", ("poetry.console.application",))


def add_flags(module: ModuleType) -> None:
    """Into the definition of the application, and out of the command line that was given (console/application.py)."""
    HOST.take()
    application_class = module.Application
    definition = application_class._default_definition
    configure_io = application_class._configure_io

    def _default_definition(application: Any) -> Any:
        given = definition.fget(application)
        HOST.native = given.has_option(_flags.NO[0][2:])
        add_options(given)
        return given

    def _configure_io(application: Any, io: Any) -> Any:
        tokens = list(getattr(io.input, "_tokens", ()))
        result = configure_io(application, io)
        hear(io.input, tokens)
        return result

    application_class._default_definition = property(_default_definition)
    application_class._configure_io = _configure_io


def add_options(definition: Any) -> None:
    """Two global options in cleo's terms, unless they are there."""
    from cleo.io.inputs.option import Option

    for option, text in (_flags.NO, _flags.YES):
        if not definition.has_option(option[2:]):
            definition.add_option(Option(option, flag=True, description=text))


def hear(command_line: Any, tokens: list[str]) -> None:
    """Learn the flag from cleo's parsed command line; its words, in the order given, say which came last."""
    values = {_flags.NO[0]: True, _flags.YES[0]: False}
    given = [values[word] for word in tokens if word in values and command_line.option(word[2:])]
    if given and not HOST.native:
        HOST.set_flag(given[-1])


def add_setting(module: ModuleType) -> None:
    """Have ``poetry config no-analytics true`` write what the resolver reads (console/commands/config.py)."""
    command_class = module.ConfigCommand
    values = command_class.unique_config_values

    def unique_config_values(command: Any) -> Any:
        from poetry.config.config import boolean_normalizer, boolean_validator

        return {"no-analytics": (boolean_validator, boolean_normalizer), **values.fget(command)}

    command_class.unique_config_values = property(unique_config_values)


GATES = {
    **HOST.gates(),
    "poetry.console.application": add_flags,
    "poetry.console.commands.config": add_setting,
}
