"""The key ``no-analytics`` in every packaging tool's configuration (PEP 786, "Configuration File Option")."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..decision import Setting

__all__ = ["settings"]


def settings(
    tool: str | None,
    environ: Mapping[str, str],
    cwd: str | None = None,
    *,
    command: str | None = None,
    isolated: bool = False,
) -> list[Setting]:
    """Every place in the tool's configuration that speaks, and every file that could not be read, strongest first.

    tool      a tool's name; one not in the table has its ``[tool.NAME]`` and ours. None: no configuration.
    environ   the variables that say where files are.    cwd  where the project is looked for.
    command   pip's subcommand, whose section outranks ``[global]`` whatever the file; None: only ``[global]``.
    isolated  pip's ``--isolated``: its files of the user are left out (D9), ours are not.

    Nothing in a file, the environment or the directory makes this raise. The ranking is the tool's own (D5),
    then ``[tool.pep786]`` (D17), then our files (D17a); that a project undoes no opt-out (D6) is for the caller
    to see to, who has ``Setting.scope``.
    """
    if tool is None:
        return []
    from .locations import places
    from .reader import Reader

    return Reader(environ, command).settings(places(tool, environ, cwd, isolated=isolated))
