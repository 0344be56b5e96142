"""pdm: options for each of its commands, the setting ``no-analytics``, and every request it makes."""

from __future__ import annotations

from . import _flags
from ._host import Host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

HOST = Host("pdm", ("pdm.core",))

#: Commands that hand their arguments to a program (facts about the tools, T16).
PASSING_ON = ("run",)


def extend(module: ModuleType) -> None:
    """Have every Core know the options and the setting (core.py, Core.init_parser)."""
    HOST.take()
    core_class = module.Core
    init_parser = core_class.init_parser

    def _init_parser(core: Any) -> Any:
        result = init_parser(core)
        _flags.add_to_subparsers(core.parser, HOST, but=PASSING_ON)
        return result

    core_class.init_parser = _init_parser
    register_setting(core_class)


def register_setting(core_class: Any) -> None:
    """Without it pdm refuses to start where its own config.toml has the key (facts about the tools, T12)."""
    from pdm.project.config import Config, ConfigItem, ensure_boolean

    if "no-analytics" not in Config._config_map:
        item = ConfigItem("Ask the index to leave you out of shared analytics", default=False, coerce=ensure_boolean)
        core_class.add_config("no-analytics", item)


GATES = {**HOST.gates(), "pdm.core": extend}
