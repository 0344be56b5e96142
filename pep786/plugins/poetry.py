"""poetry's plugin: what the start-up hook does, for a poetry that found us by its own means."""

from __future__ import annotations

from cleo.events.console_events import COMMAND
from poetry.plugins.application_plugin import ApplicationPlugin

from ..adapters import poetry as adapter
from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class NoAnalyticsPlugin(ApplicationPlugin):  # type: ignore[misc]
    """The options, the setting and the signal; nothing more where the hook was there before (entry point)."""

    def activate(self, application: Any) -> None:
        """application: poetry's own, whose definition of options is made by now."""
        if gates.attach("poetry"):
            adapter.add_options(application.definition)
            application.event_dispatcher.add_listener(COMMAND, _hear)


def _hear(event: Any, *_: Any) -> None:
    adapter.hear(event.io.input, event.io.input._tokens)  # noqa: SLF001  cleo has no public name for them
