"""What a packaging tool's process sends: signed by the choice that holds in it, and written into its journal."""

from __future__ import annotations

from .. import preference, resolver, scope
from ..startup import gates
from . import signed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Mapping

    from ..choice import Choice
    from ..journal import Journal
    from . import Fields


class Sender:
    """Signs the requests of a packaging tool's process.

    choice   asked before each request: what holds; None for a tool that sends the preference itself.
    tool     what the journal calls the process.
    environ  says whether a journal is wanted, which is found out at the first request; None: none is.
    signs    whether anything is signed here, or only written.
    """

    def __init__(
        self,
        choice: Callable[[], Choice | None],
        tool: str,
        environ: Mapping[str, str] | None = None,
        *,
        signs: bool = True,
    ) -> None:
        self.suffix = resolver.wants_suffix()
        self.choice = choice
        self.tool = tool
        self.signs = signs
        self._environ = environ
        self._journal: Journal | None = None

    def covers(self, method: str, host: str) -> bool:
        """Whether a request with this method to this host (without port, lower case) carries the preference."""
        if not self.signs or method not in scope.METHODS or not scope.may_be_index(host):
            return False
        choice = self.choice()
        return choice is not None and choice.signs(host)

    def signed(self, fields: Fields) -> Fields:
        """The header fields of such a request, with the preference among them."""
        return signed(fields, suffix=self.suffix)

    @property
    def journal(self) -> Journal | None:
        """The journal, if one is wanted. Raises nothing."""
        if self._environ is not None:
            environ, self._environ = self._environ, None
            try:
                self._journal = wanted_journal(environ)
            except Exception as fault:
                gates.say(f"no journal is written ({fault!r})")
        return self._journal

    def note(self, method: str, authority: str, path: str, fields: Fields) -> None:
        """Write a request as it goes out. Raises nothing but what the choice does.

        authority  host and port.    path  as it is asked for.    fields  as they are sent.
        """
        journal = self.journal
        if journal is None:
            return
        prefers = [value.decode("latin-1") for name, value in fields if name.lower() == b"prefer"]
        sent = preference.opted_out(prefers)
        choice = self.choice()
        meant, why = (None, "native") if choice is None else choice.verdict(method, scope.host_of(f"any://{authority}"))
        if choice is not None and meant is not sent:
            why = "native" if sent else "not signed"
        journal.note(self.tool, authority, path, sent=sent, why=why)


def wanted_journal(environ: Mapping[str, str]) -> Journal | None:
    """The journal, imported only where one is wanted."""
    from ..config import own

    wanted, warnings = own.wants_journal(environ)
    if not wanted and not warnings:
        return None
    from .. import journal

    return journal.of(environ)


def authority(host: str, port: int | None, usual: int | None) -> str:
    """Host and port as an address has them, without the port that is usual."""
    name = f"[{host}]" if ":" in host else host
    return name if port is None or port == usual else f"{name}:{port}"


def split(url: str) -> tuple[str, str]:
    """The host with its port, without credentials, and all behind it, of an absolute address."""
    rest = url.partition("://")[2]
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    return rest[:end].rpartition("@")[2], rest[end:] or "/"
