"""Which connections are looked into and which requests are signed (PEP 786, "HTTP Header"; design, D11 and D14)."""

from __future__ import annotations

import re

from .. import scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_FETCHING = frozenset(("GET", "HEAD"))
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
    """

    __slots__ = ("agents", "blind", "only", "suffix", "unsigned")

    def __init__(
        self,
        *,
        agents: tuple[str, ...] | None = None,
        only: Iterable[str] | None = None,
        unsigned: Iterable[str] = (),
        blind: Iterable[str] = (),
        suffix: bool = True,
    ) -> None:
        self.agents = agents
        self.only = None if only is None else frozenset(host.lower() for host in only)
        self.unsigned = tuple(found for found in map(_address, unsigned) if found)
        self.blind = frozenset(host.lower() for host in blind)
        self.suffix = suffix

    def looks_into(self, host: str, agent: str) -> bool:
        """Whether a tunnel to this host, asked for by this User-Agent, is one whose requests are to be signed."""
        return self._signs_for(agent) and self._is_index(host) and host.lower().rstrip(".") not in self.blind

    def signs(self, method: str, scheme: str, host: str, port: int, path: str) -> bool:
        """Whether a request fetches from an index, by what it asks for."""
        if method not in _FETCHING or not self._is_index(host):
            return False
        asked = f"{scheme}://{host}:{port}{path.partition('?')[0]}/"
        return not any(asked.startswith(address) for address in self.unsigned)

    def _signs_for(self, agent: str) -> bool:
        return self.agents is None or agent.startswith(self.agents)

    def _is_index(self, host: str) -> bool:
        name = host.lower().rstrip(".")
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
                raise ValueError(f"{word!r} is neither a host's name nor an address") from None
        elif not _NAME.fullmatch(host):
            raise ValueError(f"{word!r} is neither a host's name nor an address")
        found.append(host)
    if not found:
        raise ValueError("no host is named")
    return found


def _address(url: str) -> str:
    """The beginning of all addresses below a URL, as :meth:`Policy.signs` compares them; "" for what is none."""
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
