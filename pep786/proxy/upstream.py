"""The way to a server: straight, or through the proxy that the person had configured before us.

Source: RFC 9110 section 9.3.6 (CONNECT), RFC 8305 (several addresses).
"""

from __future__ import annotations

import socket
import time

from . import head, transport
from .transport import Deadline, Plain, Secure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Any, Tuple

    from .proxies import Hop, Proxies
    from .roots import Trust

    _Address = Tuple[int, Any]

_CONNECT_SECONDS = 30
_NEXT_ADDRESS_SECONDS = 0.25
_RESOLVED_SECONDS = 30
_MAX_REFUSAL = 64 * 1024
_END = b"\r\n\r\n"


class RefusedError(OSError):
    """The proxy on the way answered CONNECT with something else than success; its answer is :attr:`head`."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("refused by the proxy on the way")
        self.head = answer


class Roads:
    """Connects to servers for one run: knows the proxies, whom to trust, and the addresses that answered."""

    def __init__(self, proxies: Proxies, trust: Trust) -> None:
        self._proxies = proxies
        self._trust = trust
        self._addresses: dict[tuple[str, int], tuple[float, list[_Address]]] = {}

    def to(self, scheme: str, host: str, port: int, agent: str = "") -> tuple[Plain | Secure, Hop | None]:
        """A connection to a server, before any TLS of its own; the proxy on the way if it is to get the request.

        scheme "https" makes a tunnel through a proxy, which is told agent as the User-Agent. Raises OSError,
        RefusedError among them.
        """
        deadline = Deadline(_CONNECT_SECONDS)
        hop = self._proxies.hop(scheme, host, port)
        if hop is None:
            return Plain(self._dial(host, port, deadline)), None
        way: Plain | Secure = Plain(self._dial(hop.host, hop.port, deadline))
        try:
            if hop.secure:
                way = Secure(way, self._trust.context(), host=hop.host)
                transport.shake_hands(way, deadline)
            if scheme == "http":
                return way, hop
            _tunnel(way, hop, authority(host, port), agent, deadline)
        except BaseException:
            way.close()
            raise
        return way, None

    def _dial(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        """The first address that answers; the next one is tried when one is slow (RFC 8305)."""
        now = time.monotonic()
        until, addresses = self._addresses.get((host, port), (0.0, []))
        if until < now:
            addresses = _resolve(host, port)
        trying: dict[int, tuple[socket.socket, _Address]] = {}
        fault: OSError = OSError("no address")
        left = list(addresses)
        try:
            while left or trying:
                if left:
                    address = left.pop(0)
                    try:
                        sock = _start(address)
                    except OSError as failed:
                        fault = failed
                        continue
                    trying[sock.fileno()] = sock, address
                seconds = min(_NEXT_ADDRESS_SECONDS, deadline.left()) if left else deadline.left()
                for descriptor in transport.wait([], list(trying), seconds)[1]:
                    sock, address = trying.pop(descriptor)
                    error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    if not error:
                        ranked = [address, *(one for one in addresses if one != address)]
                        self._addresses[host, port] = now + _RESOLVED_SECONDS, ranked
                        return sock
                    fault = OSError(error, "cannot connect")
                    sock.close()
            raise fault
        finally:
            for sock, _ in trying.values():
                sock.close()


def _resolve(host: str, port: int) -> list[_Address]:
    """The addresses of a host, the families taking turns."""
    try:
        found = [(one[0], one[4]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError:
        raise OSError("no such host") from None
    first = [one for one in found if one[0] == found[0][0]]
    other = [one for one in found if one[0] != found[0][0]]
    pairs = [one for pair in zip(first, other) for one in pair]
    shorter = min(len(first), len(other))
    return [*pairs, *first[shorter:], *other[shorter:]]


def _start(address: _Address) -> socket.socket:
    sock = socket.socket(address[0], socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.connect(address[1])
    except BlockingIOError:
        pass
    except OSError:
        sock.close()
        raise
    return sock


def authority(host: str, port: int) -> str:
    """host:port as a target has it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _tunnel(way: Plain | Secure, hop: Hop, target: str, agent: str, deadline: Deadline) -> None:
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if hop.authorization:
        lines.append(f"Proxy-Authorization: {hop.authorization}")
    if agent:
        lines.append(f"User-Agent: {agent}")
    way.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answer, status = b"", 100
    while status < 200:  # what is interim is no answer (RFC 9110 section 15.2)
        answer = answer.partition(_END)[2]
        while _END not in answer:
            data = transport.read(way, deadline)
            answer += data
            if not data or len(answer) > _MAX_REFUSAL:
                raise ConnectionResetError("no answer from the proxy on the way")
        try:
            status = head.status(answer)
        except head.BadHeadError:
            raise ConnectionResetError("no answer from the proxy on the way") from None
    if status >= 300:
        raise RefusedError(answer.partition(_END)[0])
    way.unread(answer.partition(_END)[2])  # a server that speaks first may have done so already


def secured(way: Plain | Secure, context: ssl.SSLContext, host: str) -> Secure:
    """TLS with a server. Raises OSError; ssl.SSLCertVerificationError when it is not to be trusted."""
    try:
        secure = Secure(way, context, host=host)
    except ValueError:  # no name that can be asked for
        way.close()
        raise OSError("no such host") from None
    try:
        transport.shake_hands(secure, Deadline(_CONNECT_SECONDS))
    except BaseException:
        way.close()
        raise
    return secure
