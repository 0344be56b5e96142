"""pipenv: its own requests, its copy of pip (patched.pip, before 2022 patched.notpip), and the children of both.

A child under the project's own Python makes the module ``pipenv`` by hand, so that importing it says nothing
(facts about the tools, T25); the launcher does.
"""

from __future__ import annotations

from . import _flags
from ._host import Host
from .pip import Pip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

HOST = Host("pipenv", library=("pipenv.cli",))


def _add_flags(command: ModuleType) -> None:
    """The options of 2023 are click's, those of 2026 argparse's; ``pipenv run`` passes on what follows it."""
    click_group: Any = getattr(command, "cli", None)
    if hasattr(click_group, "commands"):
        for name, subcommand in click_group.commands.items():
            if name not in ("run", "shell"):
                _flags.add_to_click(subcommand, HOST)
        return
    build_parser = command.build_parser

    def _build_parser(*args: Any, **kwargs: Any) -> Any:
        parser = build_parser(*args, **kwargs)
        _flags.add_to_subparsers(parser, HOST, but=("run", "shell"))
        return parser

    command.build_parser = _build_parser  # type: ignore[attr-defined]


GATES = {
    **Pip("pipenv.patched.pip", "pipenv").gates(),
    **Pip("pipenv.patched.notpip", "pipenv").gates(),
    **HOST.gates(),
    "pipenv.cli.command": _add_flags,
}
