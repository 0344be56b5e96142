"""Carries bytes between a client and its server until both have ended. Memory stays flat: who is slow is waited for."""

from __future__ import annotations

from contextlib import suppress

from . import transport
from .transport import Pipe, Plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .transport import Secure

#: Kept for one side at most, before the other is not read any more.
LIMIT = 4 * transport.CHUNK
#: For a client that has not yet heard that its server has ended.
FINISH_SECONDS = 5.0
_LINGER = 60.0
_STATUS = len(b"HTTP/1.1 101")


class Relay:
    """One client, and the one server that it is connected to.

    forward  gets what the client sends, and writes it to :attr:`server`, which it may replace.
    idle     seconds without a byte after which the connection is given up; None: never.
    """

    def __init__(
        self,
        client: Plain | Secure,
        server: Plain | Secure | None,
        forward: Callable[[bytes | memoryview], None],
        idle: float | None = None,
    ) -> None:
        self.client = client
        self.server = server
        self.asked = False  # whether there was a request
        self.answered = True  # whether anything came back since the last one
        self.begun = b""  # and how that begins, as far as its status
        self._forward = forward
        self._told = False  # the server, that the client has ended
        self._idle = idle
        self._pipe: Pipe | None = None

    def ask(self) -> None:
        """A request goes to the server: what comes from now on is the answer."""
        self.asked, self.answered, self.begun = True, False, b""

    def run(self) -> None:
        """Carry until the end, and close both. Raises what forward raises, and OSError when a side breaks."""
        try:
            self._up()  # what came along with a handshake is seen by no poll
            if self.server:
                self._down(self.server)
            while not self._over():
                self._turn()
            if self.server and not self.server.ragged:  # cleanly only if it did so: else the client could not tell
                self.server.close()
                transport.finish(self.client, FINISH_SECONDS)
        finally:
            if self.server:
                self.server.close()
            if self._pipe:
                self._pipe.close()

    def _over(self) -> bool:
        if self.server is None:
            return self.client.ended
        return self.server.ended and not self.client.waiting

    def _turn(self) -> None:
        client, server = self.client, self.server
        reading = []
        if not client.ended and (server is None or server.waiting < LIMIT):
            reading.append(client.fileno())
        if server and not server.ended and client.waiting < LIMIT:
            reading.append(server.fileno())
        writing = [side.fileno() for side in (client, server) if side and side.waiting]
        idle = _LINGER if client.ended else self._idle
        readable, writable = transport.wait(reading, writing, idle)
        if not readable and not writable:
            raise TimeoutError("nothing was said for too long")
        if server and server.fileno() in writable:
            server.flush()
        if client.fileno() in writable:
            client.flush()
        if server and server.fileno() in readable:
            self._down(server)
        if client.fileno() in readable:
            self._up()

    def _down(self, server: Plain | Secure) -> None:
        client = self.client
        pipe = self._pipe if self.answered and not client.waiting else None
        if pipe and isinstance(server, Plain) and isinstance(client, Plain):
            pipe.move(server, client)
            return
        data = server.read()
        if not data:
            return
        self.answered = True
        self.begun += bytes(data[: _STATUS - len(self.begun)])
        client.write(data)
        bare = isinstance(server, Plain) and isinstance(client, Plain)
        if len(data) == transport.CHUNK and bare and not self._pipe and Pipe.possible:  # a large body
            with suppress(OSError):  # there are too many files: it goes without
                self._pipe = Pipe()

    def _up(self) -> None:
        client = self.client
        data = None if client.ended else client.read()
        if data:
            self._forward(data)
        if client.ended and self.server and not self._told:
            self._told = True
            self.server.end()
