"""Where a tool that has no native support cannot bear the key, and what happens there: data.

Each was seen with released tools; tests/optout/test_real_tools.py shows it again.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..config.locations import Place


class Harm:
    """A kind of place that is never written.

    tool     whose place it is.
    table    the TOML table that is meant; None: all of them.
    project  whether the project's files are meant, as well as the person's and the machine's.
    reason   what the tool would do, the end of a sentence that begins with its name.
    """

    __slots__ = ("project", "reason", "table", "tool")

    def __init__(self, tool: str, table: str | None, reason: str, *, project: bool = True) -> None:
        self.tool = tool
        self.table = table
        self.reason = reason
        self.project = project


HARMS = (
    Harm("uv", "tool.uv", "would drop the whole table, private indexes included"),
    Harm("uv", "", "would end every command with 'unknown field'"),
    Harm("poetry", "tool.poetry", "would end every command with 'Additional properties are not allowed'"),
    Harm("pdm", "", "would end every command with 'No such config key'", project=False),
    Harm("pip-tools", "tool.pip-tools", "would end every command with 'No such config key'"),
)


def harm(tool: str, place: Place) -> str:
    """What the tool would do with the key in this place; "" when it takes it."""
    for known in HARMS:
        if known.tool == tool and known.table in (None, place.table) and (known.project or place.scope != "project"):
            return known.reason
    return ""
