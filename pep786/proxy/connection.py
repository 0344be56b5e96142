"""One client connection: who it is, where it wants to go, and what is done with what it sends.

Source: RFC 9112 sections 3.2.2 and 3.2.3 (what a proxy is asked), RFC 9110 sections 7.6.1 (fields for one hop)
and 11.7 (proxy authentication).
"""

from __future__ import annotations

import hmac
import ssl
from contextlib import suppress
from http import HTTPStatus

from .. import preference
from . import der, head, neighbour, policy, roots, transport, upstream
from .head import BadHeadError
from .proxies import port_of
from .reader import Reader
from .relay import FINISH_SECONDS, Relay
from .transport import Deadline, Plain, Secure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from ..journal import Journal
    from .authority import Authority
    from .head import Head
    from .policy import Policy
    from .proxies import Hop
    from .roots import Trust
    from .upstream import Roads

_HEAD_SECONDS = 10
_HANDSHAKE_SECONDS = 60
_MAX_NAME = 40
#: For us alone, or for one hop only; a websocket is let through.
_HOP = frozenset(("proxy-authorization", "proxy-connection"))
_H2C = frozenset(("upgrade", "http2-settings"))


class Shop:
    """What all connections share.

    authorization  the one value of Proxy-Authorization that opens the door
    authority      makes the certificates of servers that were found to be true
    stranger       likewise of all others; nobody trusts it
    idle           seconds, as :class:`Relay` has them
    journal        where the requests of those who are signed for are written; None: nowhere
    """

    def __init__(
        self,
        authorization: str,
        *,
        rules: Policy,
        roads: Roads,
        trust: Trust,
        authority: Authority,
        stranger: Authority,
        idle: float | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.authorization = authorization.encode()
        self.policy = rules
        self.roads = roads
        self.trust = trust
        self.authority = authority
        self.stranger = stranger
        self.idle = idle
        self.journal = journal
        self._genuine: dict[bytes, bool] = {}

    def admits(self, asked: Head, sock: socket.socket) -> bool:
        """Whether a request comes from somebody who was given the token."""
        found = asked.values("Proxy-Authorization")
        if found or asked.method == "CONNECT" or self.policy.agents is None:
            return len(found) == 1 and hmac.compare_digest(found[0].encode("latin-1"), self.authorization)
        # A redirect had it left out, by those that we know.
        agent = " ".join(asked.values("User-Agent"))
        return agent.startswith(self.policy.agents) and neighbour.is_ours(sock.getpeername(), sock.getsockname())

    def genuine(self, certificate: bytes | None) -> bool:
        """Whether a verified certificate is one that rustls takes too."""
        if certificate is None:
            return False
        known = self._genuine.get(certificate)
        if known is None:
            known = self._genuine[certificate] = der.is_a_servers(certificate)
        return known


class Connection:
    """Serves one client, in the calling thread, until it is gone.

    known  is called once it has shown the token, and anyhow before its socket is closed.
    """

    def __init__(self, sock: socket.socket, shop: Shop, known: Callable[[], None] = lambda: None) -> None:
        self._socket = sock
        self._known = known
        self._client: Plain | Secure = Plain(sock)
        self._shop = shop
        self._reader = Reader()
        self._server: Plain | Secure | None = None
        self._relay: Relay | None = None
        self._switching = False  # whether the last request asked for a websocket
        self._origin: tuple[str, int, bool] | None = None
        self._hop: Hop | None = None

    def serve(self) -> None:
        """Answer everything that comes. Raises nothing for whatever either side does."""
        try:
            self._serve()
        except BadHeadError as fault:
            if self._relay is None or not self._relay.asked:  # else it could get into the body of an answer
                self._refuse(fault.status, fault.reason)
        except upstream.RefusedError as fault:
            self._pass_refusal(fault.head)
        except OSError as fault:
            if self._relay is None or self._relay.server is None:
                self._refuse(502, type(fault).__name__)
        finally:
            self._known()
            self._client.close()
            if self._server:
                self._server.close()

    def _serve(self) -> None:
        deadline = Deadline(_HEAD_SECONDS)
        while True:
            data = transport.read(self._client, deadline)
            if not data:
                return
            found = next(self._reader.feed(data), None)
            if isinstance(found, head.Head):
                break
        if not self._shop.admits(found, self._socket):
            self._say(407, "Proxy-Authenticate: Basic realm=pep786\r\n")
            return
        self._known()
        if found.method == "CONNECT":
            self._connect(found)
        else:
            self._forward_all(found)

    # A tunnel

    def _connect(self, asked: Head) -> None:
        host, port = _split(asked.target)
        agent = " ".join(asked.values("User-Agent"))
        if self._shop.policy.looks_into(host, agent):
            self._look_into(host, port, agent)
            return
        server = self._server = self._shop.roads.to("https", host, port, agent)[0]
        self._client.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._write_down(asked, "https", host, port, "", why=self._shop.policy.tunnelled(host))
        rest = self._reader.rest()
        if rest:
            server.write(rest)
        self._carry(server, server.write)

    def _look_into(self, host: str, port: int, agent: str) -> None:
        server, authority = self._verified(host, port, agent)
        self._server = server
        self._client.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        secure = Secure(self._client, authority.context(host), early=self._reader.rest())
        try:
            transport.shake_hands(secure, Deadline(_HANDSHAKE_SECONDS))
        except OSError:  # it does not trust us, or went: there is nobody to tell
            return
        self._client = secure
        self._reader = Reader()

        def forward(data: bytes | memoryview) -> None:
            self._switch()
            for found in self._reader.feed(data):
                if isinstance(found, bytes):
                    server.write(found)
                else:
                    self._note(found)
                    self._sign(found, "https", host, port, found.target)
                    server.write(found.encode())

        self._carry(server, forward)

    def _verified(self, host: str, port: int, agent: str) -> tuple[Secure, Authority]:
        """The server, and the authority that says of it what is true: known, or a stranger."""
        shop = self._shop
        checking = shop.trust.context(policy.uv_version(agent))
        try:
            server = upstream.secured(shop.roads.to("https", host, port, agent)[0], checking, host)
        except ssl.SSLCertVerificationError:
            checking = roots.unchecked()
            server = upstream.secured(shop.roads.to("https", host, port, agent)[0], checking, host)
            return server, shop.stranger
        return server, shop.authority if shop.genuine(server.tls.getpeercert(True)) else shop.stranger

    # Plain http

    def _forward_all(self, first: Head) -> None:
        def forward(data: bytes | memoryview) -> None:
            self._switch()
            for found in self._reader.feed(data):
                self._pass(found)

        self._relay = Relay(self._client, None, forward, self._shop.idle)
        self._pass(first)
        forward(b"")
        self._relay.run()

    def _pass(self, found: Head | bytes) -> None:
        relay = self._relay
        if relay is None:
            raise BadHeadError("nothing was asked for")
        if isinstance(found, bytes):
            if relay.server:
                relay.server.write(found)
            return
        if not self._shop.admits(found, self._socket):
            raise BadHeadError("no token", 407)
        host, port, path = _absolute(found.target)
        agent = " ".join(found.values("User-Agent"))
        self._reach(relay, host, port)
        self._note(found)
        why = self._shop.policy.tunnelled(host)
        if why is None and self._shop.policy.signs_for(agent):
            self._sign(found, "http", host, port, path)
        else:
            self._write_down(found, "http", host, port, path, why=why)
        found.drop(_HOP)
        _name(found, host, port)
        if self._hop is None:
            found.target = path
        elif self._hop.authorization:
            found.put("Proxy-Authorization", self._hop.authorization)
        if relay.server:
            relay.server.write(found.encode())

    def _reach(self, relay: Relay, host: str, port: int) -> None:
        """Have the relay's server be this one. A client asks for another when it has all of the last answer."""
        origin = (host, port, True)
        if origin == self._origin:
            return
        if not relay.answered:
            raise ConnectionResetError("a request to another server before the answer of the last one")
        if relay.server:
            relay.server.close()
            relay.server = self._server = None
        self._server, self._hop = self._shop.roads.to("http", host, port)
        relay.server = self._server
        self._origin = origin

    # Both

    def _note(self, found: Head) -> None:
        """A websocket may follow; an upgrade to HTTP/2 is not taken along."""
        wanted = ",".join(found.values("Upgrade")).lower()
        self._switching = wanted == "websocket" and found.method == "GET" and not found.body()
        if wanted and not self._switching:
            found.drop(_H2C)
        if self._relay:
            self._relay.ask()

    def _switch(self) -> None:
        """What follows is no HTTP, once the server has agreed to that (RFC 9110 section 15.2.2)."""
        if self._switching and self._relay:
            self._reader.blind = self._relay.begun == b"HTTP/1.1 101"

    def _sign(self, found: Head, scheme: str, host: str, port: int, path: str) -> None:
        rules = self._shop.policy
        signs, why = rules.verdict(found.method, scheme, host, port, path)
        if signs:
            head.sign(found, suffix=rules.suffix)
        self._write_down(found, scheme, host, port, path, why=why)

    def _write_down(self, found: Head, scheme: str, host: str, port: int, path: str, *, why: str | None) -> None:
        """Into the journal, if it is one's request who is signed for. Of a tunnel there is no path to tell."""
        journal = self._shop.journal
        if journal is None:
            return
        agent = " ".join(found.values("User-Agent"))
        if self._shop.policy.signs_for(agent):
            place = upstream.authority(host, port)
            usual = place.endswith(":443" if scheme == "https" else ":80")
            tool = agent.partition("/")[0].partition(" ")[0][:_MAX_NAME] or "unnamed"
            sent = preference.opted_out(found.values("Prefer"))
            journal.note(tool, place.rpartition(":")[0] if usual else place, path, sent=sent, why=why or "")

    def _carry(self, server: Plain | Secure, forward: Callable[[bytes | memoryview], None]) -> None:
        self._relay = Relay(self._client, server, forward, self._shop.idle)
        self._relay.run()

    def _refuse(self, status: int, reason: str) -> None:
        with suppress(OSError):
            self._say(status, "", reason)

    def _say(self, status: int, fields: str, reason: str = "") -> None:
        phrase = HTTPStatus(status).phrase
        body = f"pep786 proxy: {reason}\n" if reason else ""
        text = f"HTTP/1.1 {status} {phrase}\r\n{fields}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
        self._client.write(text.encode("latin-1"))
        transport.finish(self._client, FINISH_SECONDS)

    def _pass_refusal(self, answer: bytes) -> None:
        """The answer of the proxy on the way, without its body."""
        first, *lines = answer.split(b"\r\n")
        kept = [line for line in lines if _asks_for_credentials(line)]
        self._client.write(b"\r\n".join([first, *kept, b"Content-Length: 0", b"Connection: close", b"", b""]))
        transport.finish(self._client, FINISH_SECONDS)


def _asks_for_credentials(line: bytes) -> bool:
    """Whether it is that field, as strictly read as a client's."""
    try:
        return head.field(line)[0] == "proxy-authenticate"
    except BadHeadError:
        return False


def _name(found: Head, host: str, port: int) -> None:
    """Have Host name the server that the target names, whatever stood there (RFC 9112 section 3.2.2)."""
    place = upstream.authority(host, port)
    usual = place[: -len(":80")] if port == 80 else place
    if ",".join(found.values("Host")).lower() not in (usual.lower(), place.lower()):
        found.put("Host", usual)


def _split(target: str) -> tuple[str, int]:
    """The host and the port that CONNECT names."""
    host, _, port = target.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    number = port_of(port)
    if not number or not _is_name(host):
        raise BadHeadError("CONNECT wants a host and a port")
    return host, number


def _absolute(target: str) -> tuple[str, int, str]:
    """The host, the port and the path of an absolute target."""
    scheme, _, rest = target.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    authority = authority.rpartition("@")[2]
    if scheme.lower() != "http":
        raise BadHeadError("this is a proxy, for http and https")
    if not authority.rpartition("]")[2].count(":"):
        authority += ":80"
    host, port = _split(authority)
    return host, port, path if path.startswith("/") else f"/{path}"


def _is_name(host: str) -> bool:
    return 0 < len(host) < 254 and all(letter.isalnum() or letter in "-._:%" for letter in host) and host.isascii()
