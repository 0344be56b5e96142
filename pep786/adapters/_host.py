"""The packaging tool that this process is: what it decided, for its own requests and for its children.

An adapter names its tool in a :class:`Host`; the first one whose tool turns out to run here is taken, and is
the only one: a tool that uses another as a library stays what it is.
"""

from __future__ import annotations

import os
import sys

from .. import children, resolver
from ..children import commands
from ..choice import Choice
from ..config import own
from ..startup import gates
from ..wire import aiohttp, h11, http_client
from ..wire.sender import Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import MutableMapping


_LAYERS = {
    "http.client": http_client.sign,
    "h11._connection": h11.sign,
    "aiohttp.client_reqrep": aiohttp.sign,
}

#: The host of this process, once one is taken.
taken: Host | None = None


class Host:
    """One packaging tool, and how to know that it is what this process runs.

    package   its import name.
    modules   the modules that nothing but the tool's own start imports.
    name      under which its configuration is looked up; the package unless given.
    requests  whether it asks the index itself. False too for a tool that runs other people's code in its own
              process (a noxfile): only its children are signed then (facts about the tools, T19).
    library   modules that programs use as a library too: they count only where one of scripts is what runs.
    scripts   its console scripts.
    """

    def __init__(
        self,
        package: str,
        modules: tuple[str, ...] = (),
        *,
        name: str | None = None,
        requests: bool = True,
        library: tuple[str, ...] = (),
        scripts: tuple[str, ...] = (),
    ) -> None:
        self.package = package
        self.name = name or package
        self.modules = modules
        self.requests = requests
        self.library = library
        self.scripts = scripts or (self.name,)
        self.native = False
        self.flag: bool | None = None
        self.environ: dict[str, str] = {}
        self._choice: Choice | None = None

    def gates(self) -> gates.Gates:
        """The modules to wait for; and none of that where the launcher knows already what runs here."""
        if gates.launched() == self.package:
            self.take()
        found: gates.Gates = {f"{self.package}.__main__": self.take}
        found.update(dict.fromkeys(self.modules, self.take))
        found.update(dict.fromkeys(self.library, self.take_if_main))
        return found

    def take_if_main(self, _module: ModuleType | None = None) -> None:
        """Take the process, if it was started by one of the tool's own scripts."""
        main = sys.modules.get("__main__")
        if commands.script_name(getattr(main, "__file__", None) or "") in self.scripts:
            self.take()

    def take(self, _module: ModuleType | None = None) -> None:
        """From now on every request of this process is signed, if the person opted out, and its children go along.

        The environment counts as it is now: hatch clears and refills it (facts about the tools, T9).
        """
        global taken  # noqa: PLW0603  a process is one tool
        if taken is not None:
            return
        taken = self
        self.environ = dict(os.environ)
        children.accompany(self.hand_on)
        if self.requests:
            sender = Sender(self.choice, self.name, self.environ)
            gates.wait_for({name: _layer(sign, sender) for name, sign in _LAYERS.items()})

    def set_flag(self, flag: bool) -> None:
        """The command line has spoken: True for ``--no-analytics``, False for ``--analytics``."""
        self.flag = flag
        self._choice = None

    def choice(self) -> Choice | None:
        """What holds for the requests of this process; None for a tool that sends the preference itself."""
        return None if self.native else self.decide()

    def decide(self) -> Choice:
        """The choice of this process; made when it is first needed, and told to the person and to children."""
        if self._choice is None:
            try:
                decision = resolver.resolve(self.name, flag=self.flag, environ=self.environ)
                choice = Choice.of(decision, self.environ)
            except Exception as fault:
                gates.warn(f"{self.package} (sending no-analytics all the same)", fault)
                choice = Choice(resolver.resolve(None, flag=True, environ={}))
            self._choice = choice
            resolver.hand_on(choice.decision, os.environ)
            # What was handed on from configuration was told by who did so.
            if choice.decision.source in ("config", "default") and resolver.HANDED_ON not in self.environ:
                for warning in choice.warnings:
                    gates.say(warning)
        return self._choice

    def hand_on(self, environ: MutableMapping[str, str]) -> bool:
        """Write the decision into a child's environment. Returns whether it is to opt out.

        A tool that supports the PEP itself has written its own there.
        """
        if self.native:
            return resolver.resolve(environ=environ).opted_out
        decision = self.decide().decision
        resolver.hand_on(decision, environ)
        for switch in (resolver.USER_AGENT_SWITCH, own.JOURNAL):
            if switch in self.environ:
                environ.setdefault(switch, self.environ[switch])
        return decision.opted_out


def _layer(sign: object, sender: Sender) -> gates.Gate:
    return lambda module: sign(sender, module)  # type: ignore[operator]
