"""Unpatched pip sends the preference, wherever its session lives, from 9.0.3 to the newest release.

Three modules of pip matter, each with one gate. Their homes moved over the years; the names below are all
of them (facts: pip 9 | 10 to 18 | 18.1 to 19.2 | 19.3 and later). Copies of pip under another name are served
by the same code, see :class:`Pip`.
"""

from __future__ import annotations

import os
import sys

from .. import children, preference, resolver, scope
from ..choice import Choice
from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, MutableMapping

    from ._host import Host

_FLAGS = ("--no-analytics", "--analytics")
_DEST = "no_analytics"
_VERBOSE = 15  # pip's own level between INFO and DEBUG, what one -v shows


class Pip:
    """One copy of pip: what its command line said, and the gates through which its sessions get the signal.

    package  its import name, "pip" or that of a vendored copy such as "pipenv.patched.pip".
    tool     whose configuration decides, "pip" or the name of the tool that vendors it.
    """

    def __init__(self, package: str = "pip", tool: str = "pip") -> None:
        self.package = package
        self.tool = tool
        self.native = False
        self.flag: bool | None = None
        self.command: str | None = None
        self.isolated = False
        self.choice: Choice | None = None
        self.told = False
        self.journals = False

    def gates(self) -> gates.Gates:
        """The modules of this copy, in every release, and what is to be done with each."""
        homes = {
            self.add_flags: ("cmdoptions", "_internal.cmdoptions", "_internal.cli.cmdoptions"),
            self.watch_parser: ("baseparser", "_internal.baseparser", "_internal.cli.parser"),
            self.signal: ("download", "_internal.download", "_internal.network.session"),
        }
        return {f"{self.package}.{module}": gate for gate, modules in homes.items() for module in modules}

    def add_flags(self, cmdoptions: ModuleType) -> None:
        """Two real options of pip's own parser: abbreviations, --help and completion come with them."""
        import functools
        import optparse

        # To isolated builds, and to another interpreter with --python: to wherever pip starts itself.
        children.accompany(self.hand_on)
        options = cmdoptions.general_group["options"]
        if any("--no-analytics" in _names(option) for option in options):
            self.native = True  # this pip supports the PEP itself (design, D13)
            return
        add = functools.partial(functools.partial, optparse.Option, dest=_DEST)
        options.append(
            add("--no-analytics", action="store_true", help="Ask the index to leave this run out of shared analytics.")
        )
        options.append(add("--analytics", action="store_false", help="Send no such request, whatever is configured."))

    def watch_parser(self, parser: ModuleType) -> None:
        """Learn flag and command from every parse, and keep variables and pip.conf away from our options.

        pip would read PIP_NO_ANALYTICS as its own strict boolean and PIP_ANALYTICS=1 as an opt-out; the
        PEP's variables mean something else, and :mod:`pep786.resolver` reads them (design, D1, D3, D10).
        """
        config_parser = parser.ConfigOptionParser
        update_defaults, get_option, parse_args = (
            config_parser._update_defaults,
            config_parser.get_option,
            config_parser.parse_args,
        )

        def _update_defaults(this: Any, defaults: dict[str, Any]) -> Any:
            if not self.native:
                this.get_option = lambda name: None if name in _FLAGS else get_option(this, name)
            try:
                return update_defaults(this, defaults)
            finally:
                this.__dict__.pop("get_option", None)

        def _parse_args(this: Any, *args: Any, **kwargs: Any) -> Any:
            parsed = parse_args(this, *args, **kwargs)
            self.flag = getattr(parsed[0], _DEST, None)
            self.command = this.name
            self.isolated = bool(getattr(parsed[0], "isolated_mode", False))
            return parsed

        config_parser._update_defaults = _update_defaults
        config_parser.parse_args = _parse_args

    def signal(self, module: ModuleType) -> None:
        """Every session decides when it is made and signs each request it sends, redirected ones included."""
        session_class = getattr(module, "PipSession", None)
        if session_class is None:
            return
        init, send = session_class.__init__, session_class.send
        logger = _logger(module.__name__)

        def _init(session: Any, *args: Any, **kwargs: Any) -> None:
            init(session, *args, **kwargs)
            choice = None if self.native else self.decide(logger)
            session.no_analytics = SessionSigner(choice) if choice is not None and choice.speaks else None
            self.keep_journal()

        def _send(session: Any, request: Any, **kwargs: Any) -> Any:
            if session.no_analytics is not None:
                try:
                    session.no_analytics.sign(request)
                except Exception as fault:
                    gates.warn(module.__name__, fault)
            return send(session, request, **kwargs)

        session_class.no_analytics = None  # a session that is made without __init__: unpickled, or a subclass's
        session_class.__init__ = _init
        session_class.send = _send

    def decide(self, logger: Any) -> Choice | None:
        """What holds for this session's requests; tells the person, and pip's children.

        Inside another packaging tool it is that tool's decision; None where that sends the preference itself.
        """
        host = _host()
        if host is not None:
            return host.choice()
        try:
            decision = resolver.resolve(self.tool, flag=self.flag, command=self.command, isolated=self.isolated)
            if self.choice is None or decision.origin != resolver.CONFIGURED:  # what was handed on here is no news
                self.choice = Choice.of(decision, os.environ)
            resolver.hand_on(self.choice.decision, os.environ)
            self.tell(self.choice, logger)
        except Exception as fault:
            gates.warn(f"{self.package} (sending no-analytics all the same)", fault)
            self.choice = Choice(resolver.resolve(None, flag=True, environ={}))
        return self.choice

    def keep_journal(self) -> None:
        """Have every request of this process written into the journal, where one is wanted (config/own.py).

        Below the session: what pip answers from its cache is no request, and a retry is one more.
        """
        host = _host()
        if self.journals or (host is not None and host.requests):
            return
        self.journals = True
        try:
            from ..config import own

            if any(own.wants_journal(os.environ)):
                from ..wire import http_client
                from ..wire.sender import Sender

                choice = host.choice if host is not None else lambda: self.choice
                sender = Sender(choice, self.tool, dict(os.environ), signs=False)
                gates.wait_for({"http.client": lambda module: http_client.sign(sender, module)})
        except Exception as fault:
            gates.warn(self.package, fault)

    def tell(self, choice: Choice, logger: Any) -> None:
        """Through pip's own log: what should be mended, and with -v why the preference is sent."""
        if self.told:
            return
        self.told = True
        decision = choice.decision
        # What was handed on from configuration was told by who did so.
        if decision.source in ("config", "default") and decision.origin != resolver.CONFIGURED:
            for warning in choice.warnings:
                logger.warning("pep786: %s", warning)
        if decision.opted_out:
            logger.log(_VERBOSE, "Sending 'Prefer: no-analytics' to indexes (%s)", decision.origin)

    def hand_on(self, environ: MutableMapping[str, str]) -> bool:
        """Write the decision, where one was made yet, into a child's environment; the child makes its own."""
        host = _host()
        if host is not None:
            return host.hand_on(environ)
        if self.choice is None:
            return False
        resolver.hand_on(self.choice.decision, environ, same_tool=True)
        return self.choice.decision.opted_out


class SessionSigner:
    """Puts the signal on the requests of one session by its choice, and takes it off where it has no business."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.suffix = resolver.wants_suffix()
        self.in_scope: dict[str, bool] = {}  # by scheme and authority

    def sign(self, request: Any) -> None:
        """request: prepared, about to be sent; a redirected one is a copy of the one before, signal included."""
        headers, url = request.headers, request.url
        origin = url[: url.find("/", 8)]
        in_scope = self.in_scope.get(origin)
        if in_scope is None:
            host = scope.host_of(url)
            in_scope = self.in_scope[origin] = scope.may_be_index(host) and self.choice.signs(host)
        if in_scope:
            headers["Prefer"] = preference.prefer(headers.get("Prefer"))
            if self.suffix:
                headers["User-Agent"] = preference.user_agent(headers.get("User-Agent"))
        elif "Prefer" in headers:
            kept = preference.without_prefer(headers.pop("Prefer"))
            if kept:
                headers["Prefer"] = kept
            headers["User-Agent"] = preference.without_user_agent(headers["User-Agent"])


def _host() -> Host | None:
    """The packaging tool that this pip is inside of, whose decision it is then; None for a pip by itself."""
    module = sys.modules.get(f"{__package__}._host")
    return None if module is None else module.taken


def _names(option: Any) -> list[str]:
    """The spellings of an option that pip has not made yet: a partial, or a function that makes it."""
    args = getattr(option, "args", None)
    return list(args) if args else list(option()._long_opts)


def _logger(name: str) -> Any:
    import logging

    return logging.getLogger(name)


GATES = Pip().gates()
