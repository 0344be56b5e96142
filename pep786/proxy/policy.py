"""Which connections are looked into and which requests are signed (PEP 786, "HTTP Header"; design, D11 and D14)."""

from __future__ import annotations

import re

from .. import scope
from ..config.values import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..choice import Choice

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63}){0,126}")
_UV = re.compile(r"uv/(\d{1,6})\.(\d{1,6})\.(\d{1,6})")


class Policy:
    """What the proxy does with what.

    agents    how the User-Agent begins of those who are signed for; None: everybody's who may use the proxy.
    only      the hosts that are indexes, with all below them; None: every host that may be one.
    unsigned  addresses of other things that were configured (a mirror of Pythons): what begins so is not signed.
    blind     hosts, and none below them, that are not looked into: no index's, by all that is known before the start.
    suffix    whether the User-Agent gets its suffix.
    choice    what holds for single hosts (config/hosts.py); None: every index is told.
    """

    __slots__ = ("agents", "blind", "choice", "only", "suffix", "unsigned")

    def __init__(
        self,
        *,
        agents: tuple[str, ...] | None = None,
        only: Iterable[str] | None = None,
        unsigned: Iterable[str] = (),
        blind: Iterable[str] = (),
        suffix: bool = True,
        choice: Choice | None = None,
    ) -> None:
        self.agents = agents
        self.choice = choice
        self.only = None if only is None else frozenset(host.lower() for host in only)
        self.unsigned = tuple(found for found in map(address, unsigned) if found)
        self.blind = frozenset(host.lower() for host in blind)
        self.suffix = suffix

    def looks_into(self, host: str, agent: str) -> bool:
        """Whether a tunnel to this host, asked for by this User-Agent, is one whose requests are to be signed."""
        return self.signs_for(agent) and self.tunnelled(host) is None

    def signs_for(self, agent: str) -> bool:
        """Whether this User-Agent is that of one who is signed for."""
        return self.agents is None or agent.startswith(self.agents)

    def tunnelled(self, host: str) -> str | None:
        """Why connections to this host are not looked into, in a few words for the journal; None: they are."""
        name = host.lower().rstrip(".")
        if not self._is_index(name):
            return "no index" if self.only is None else "not among the hosts of --only"
        if name in self.blind:
            return "no index"
        signed, why = self._chosen(name)
        return None if signed else why

    def signs(self, method: str, scheme: str, host: str, port: int, path: str) -> bool:
        """Whether a request fetches from an index, by what it asks for."""
        return self.verdict(method, scheme, host, port, path)[0]

    def verdict(self, method: str, scheme: str, host: str, port: int, path: str) -> tuple[bool, str]:
        """Whether a request is signed, and why: a few words for the journal."""
        name = host.lower().rstrip(".")
        if not self._is_index(name):
            return False, "no index" if self.only is None else "not among the hosts of --only"
        if method not in scope.METHODS:
            return False, "upload"
        asked = f"{scheme}://{host}:{port}{path.partition('?')[0]}/"
        if any(asked.startswith(address) for address in self.unsigned):
            return False, "no index"
        return self._chosen(name)

    def _chosen(self, name: str) -> tuple[bool, str]:
        return (True, "pep786 proxy") if self.choice is None else self.choice.why(name)

    def _is_index(self, name: str) -> bool:
        if self.only is None:
            return scope.may_be_index(name)
        while name and name not in self.only:
            name = name.partition(".")[2]
        return bool(name)


def listed(text: str) -> list[str]:
    """The hosts of a list, for ``only``: names and addresses, between commas or blanks, in lower case.

    Raises ValueError where there is none, or a word that is neither; the message names it.
    """
    from ipaddress import ip_address

    found = []
    for word in text.replace(",", " ").split():
        host = word.lower().rstrip(".")
        if ":" in host or host.replace(".", "").isdigit():
            try:
                host = str(ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host))
            except ValueError:
                raise _unlike_a_host(word) from None
        elif not _NAME.fullmatch(host):
            raise _unlike_a_host(word)
        found.append(host)
    if not found:
        raise ValueError("no host is named")
    return found


def _unlike_a_host(word: str) -> ValueError:
    """Without what may be a password."""
    shown = show(word.rpartition("@")[2])
    return ValueError(f"{shown!r} is neither a host's name nor an address")


def address(url: str) -> str:
    """The beginning of all addresses below a URL, as :meth:`Policy.verdict` compares them; "" for what is none."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ""
    if not parts.hostname or port is None:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}{parts.path.rstrip('/')}/"


def uv_version(agent: str) -> tuple[int, ...] | None:
    """The release that a User-Agent of uv names; None for another's."""
    found = _UV.match(agent)
    return tuple(map(int, found.groups())) if found else None
