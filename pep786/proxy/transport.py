"""Bytes over a socket that never blocks, bare or inside of TLS, or of TLS within TLS.

One thread serves a connection with both its ends, so that no lock is needed; a read that finds a TLS record
without data (a session ticket) finds nothing, and nobody waits for more.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Sequence

CHUNK = 256 * 1024
_RECORD = 16384
_PIPE = 1 << 20  # what an unprivileged user may have
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which Python names since 3.10


# What was decrypted, one buffer to a thread and a depth: making one for each read costs as much as the cipher.
class _Buffers(threading.local):
    def __init__(self) -> None:
        self.by_depth: dict[int, bytearray] = {}


_buffers = _Buffers()


class Plain:
    """A connected socket.

    read      what has arrived: b"" at the end, None when there is nothing now. Raises OSError. The next read in the
              same thread may take its place.
    unread    has the next read give this back: what was read too far. No poll tells of it.
    write     sends what can be sent and keeps the rest, which :attr:`waiting` counts and :meth:`flush` sends.
    ended     whether the other side said that no more comes.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = sock
        self._early = b""
        self._kept: list[memoryview] = []
        self._ending = False
        self.waiting = 0
        self.ended = False
        self.ragged = False

    def fileno(self) -> int:
        """The socket."""
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """What has arrived."""
        if self._early:
            data, self._early = self._early, b""
            return data
        try:
            data = self._socket.recv(CHUNK)
        except BlockingIOError:
            return None
        self.ended = not data
        return data

    def unread(self, data: bytes) -> None:
        """Keep it for the next read."""
        self._early = data

    def discard(self) -> bool:
        """Whether more may come; what has arrived is forgotten."""
        try:
            return bool(self._socket.recv(CHUNK))
        except BlockingIOError:
            return True

    def write(self, data: bytes | memoryview) -> None:
        """Send, or keep a copy for later."""
        if not data:
            return
        sent = 0
        if not self._kept:
            with suppress(BlockingIOError):
                sent = self._socket.send(data)
        if sent < len(data):
            self._kept.append(memoryview(bytes(data[sent:])))
            self.waiting += len(data) - sent

    def flush(self) -> None:
        """Send what was kept."""
        while self._kept:
            try:
                sent = self._socket.send(self._kept[0])
            except BlockingIOError:
                return
            self.waiting -= sent
            if sent == len(self._kept[0]):
                del self._kept[0]
            else:
                self._kept[0] = self._kept[0][sent:]
        if self._ending:
            self._ending = False
            self._socket.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Say that no more comes, after what is kept."""
        self._ending = True
        self.flush()

    def close(self) -> None:
        """At once."""
        self._socket.close()


class Secure:
    """TLS over another transport; the same methods.

    :attr:`ragged` after the end: the other side went without saying that this was all (RFC 8446 section 6.1).
    """

    def __init__(
        self,
        below: Plain | Secure,
        context: ssl.SSLContext,
        *,
        host: str | None = None,
        early: bytes = b"",
    ) -> None:
        """host: the server's, None to be one; early: what was read before."""
        self._below = below
        self._depth: int = getattr(below, "_depth", 0) + 1
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._in.write(early)
        self._early = b""
        self.tls = context.wrap_bio(self._in, self._out, server_side=host is None, server_hostname=host)
        self.ended = False
        self.ragged = False

    def fileno(self) -> int:
        """The socket."""
        return self._below.fileno()

    @property
    def waiting(self) -> int:
        """Bytes that are kept."""
        return self._below.waiting

    def shake_hands(self) -> bool:
        """One step of the handshake with what has arrived; whether it is done. Raises OSError, SSLError among them."""
        arrived = self._below.read()
        if arrived:
            self._in.write(arrived)
        elif arrived is not None:
            raise ConnectionResetError("closed in the handshake")
        return self.step()

    def step(self) -> bool:
        """One step of the handshake without reading."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        finally:
            self._pass_on()  # an alert too
        return True

    def read(self) -> bytes | memoryview | None:
        """What has arrived."""
        if self._early:
            early, self._early = self._early, b""
            return early
        arrived = self._below.read()
        if arrived:
            self._in.write(arrived)
        elif arrived is not None:
            self._in.write_eof()
        found = self._decrypt()
        self._pass_on()  # a key update wants an answer
        if found:
            return found
        return b"" if self.ended else None

    def unread(self, data: bytes) -> None:
        """Keep it for the next read."""
        self._early = data

    def discard(self) -> bool:
        """Whether more may come; what has arrived is forgotten, as it is."""
        return self._below.discard()

    def _decrypt(self) -> memoryview:
        """All there is: nothing stays behind in here, where no poll would see it."""
        buffer = _buffers.by_depth.get(self._depth, bytearray())
        end = 0
        try:
            while True:
                if len(buffer) < end + _RECORD:
                    buffer = _buffers.by_depth[self._depth] = buffer[:end] + bytearray(CHUNK + 2 * _RECORD)
                with memoryview(buffer) as room:
                    size: int = self.tls.read(_RECORD, room[end:])  # type: ignore[assignment]  # a number, with room
                if not size:
                    break
                end += size
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        except ssl.SSLError as fault:
            if not isinstance(fault, ssl.SSLEOFError) and fault.reason != "UNEXPECTED_EOF_WHILE_READING":
                raise
            self.ended = self.ragged = True
        return memoryview(buffer)[:end]

    def write(self, data: bytes | memoryview) -> None:
        """Send, or keep for later."""
        left = memoryview(data)
        while left:
            left = left[self.tls.write(left) :]
        self._pass_on()

    def flush(self) -> None:
        """Send what was kept."""
        self._below.flush()

    def end(self) -> None:
        """Say that no more comes."""
        with suppress(ssl.SSLError, ValueError):  # it waits for the other side's, which read() sees
            self.tls.unwrap()
        self._pass_on()
        self._below.end()

    def close(self) -> None:
        """At once."""
        self._below.close()

    def _pass_on(self) -> None:
        if self._out.pending:
            self._below.write(self._out.read())


class Pipe:
    """Moves bytes from one bare socket to another where they are, in the kernel (splice(2)).

    It holds nothing between two moves: what the other socket does not take at once is written to it as ever.
    """

    #: Whether this system and this Python can.
    possible = hasattr(os, "splice")

    def __init__(self) -> None:
        """Raises OSError."""
        import fcntl

        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        with suppress(OSError):  # this user has too many; it is as large as it is
            fcntl.fcntl(self._writing, _SET_PIPE_SIZE, _PIPE)

    def move(self, source: Plain, sink: Plain) -> bool:
        """Whether anything moved; as a read and a write. The sink must keep nothing. Raises OSError."""
        try:
            size = left = os.splice(source.fileno(), self._writing, _PIPE)
        except BlockingIOError:
            return False
        source.ended = not size
        with suppress(BlockingIOError):
            while left:
                left -= os.splice(self._reading, sink.fileno(), left)
        while left:  # it takes no more now
            data = os.read(self._reading, left)
            left -= len(data)
            sink.write(data)
        return bool(size)

    def close(self) -> None:
        """At once."""
        os.close(self._reading)
        os.close(self._writing)


def wait(reading: Sequence[int], writing: Sequence[int], timeout: float | None) -> tuple[set[int], set[int]]:
    """The descriptors that can be read, and written; what is broken counts as both. Empty after timeout seconds."""
    if not hasattr(select, "poll"):
        readable, writable, broken = select.select(reading, writing, [*reading, *writing], timeout)
        return set(readable) | set(broken), set(writable) | set(broken)
    poll = select.poll()
    for descriptor in {*reading, *writing}:
        wanted = select.POLLIN if descriptor in reading else 0
        poll.register(descriptor, wanted | (select.POLLOUT if descriptor in writing else 0))
    events = poll.poll(None if timeout is None else timeout * 1000)
    trouble = select.POLLERR | select.POLLHUP | select.POLLNVAL
    return (
        {descriptor for descriptor, event in events if event & (select.POLLIN | trouble)},
        {descriptor for descriptor, event in events if event & (select.POLLOUT | trouble)},
    )


class Deadline:
    """So many seconds from now, for several waits together."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left. Raises TimeoutError when none are."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


def shake_hands(secure: Secure, deadline: Deadline) -> None:
    """The whole handshake. Raises OSError: SSLError, TimeoutError, or what the socket says."""
    done = secure.step()
    while not done:
        descriptor = secure.fileno()
        readable, _ = wait([descriptor], [descriptor] if secure.waiting else [], deadline.left())
        secure.flush()
        if readable:
            done = secure.shake_hands()


def read(transport: Plain | Secure, deadline: Deadline) -> bytes | memoryview:
    """What arrives next; b"" at the end. Raises OSError."""
    while True:
        descriptor = transport.fileno()
        wait([descriptor], [descriptor] if transport.waiting else [], deadline.left())
        transport.flush()
        data = transport.read()
        if data is not None:
            return data


def finish(transport: Plain | Secure, seconds: float) -> None:
    """Say that no more comes, and forget what still arrives, until its end or for so long.

    To close before that is to reset the connection, which takes from the other side what it was told (RFC 9112
    section 9.6): the answer to an upload that a server did not want to the end.
    """
    deadline = Deadline(seconds)
    with suppress(OSError):
        transport.end()
        while transport.discard():
            descriptor = transport.fileno()
            wait([descriptor], [descriptor] if transport.waiting else [], deadline.left())
            transport.flush()
