"""Takes connections on the loopback interface, each in a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from . import transport
from .connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .connection import Shop

_MAX_CONNECTIONS = 1024
_FILES = 4 * _MAX_CONNECTIONS + 64  # a client, a server and a pipe for each, and our own
_PAUSE = 0.05
_ROOM_SECONDS = 1.0  # for a thread that was woken to end
_STACK = 512 * 1024  # a thread's; nothing here goes deep


class Server:
    """Serves on a socket that listens already, until one of the descriptors in ``until`` has something to say."""

    def __init__(self, listener: socket.socket, shop: Shop) -> None:
        self._listener = listener
        self._shop = shop
        self._places = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        self._strangers: dict[socket.socket, None] = {}  # who has not shown the token yet, the oldest first
        self._lock = threading.Lock()

    def run(self, until: int) -> None:
        """Serve; until is readable, or at its end, when it is over. Open connections are left to the process's end."""
        threading.stack_size(_STACK)
        _allow_files()
        self._listener.setblocking(False)
        descriptor = self._listener.fileno()
        while True:
            readable, _ = transport.wait([descriptor, until], [], None)
            if until in readable:
                return
            try:
                sock, _ = self._listener.accept()
            except BlockingIOError:  # it went before it was taken
                continue
            except OSError:  # there are too many files, and it still waits: others have to end first
                time.sleep(_PAUSE)
                continue
            self._start(sock)

    def _start(self, sock: socket.socket) -> None:
        if not self._places.acquire(blocking=False) and not self._make_room():
            sock.close()
            return
        with self._lock:
            self._strangers[sock] = None
        try:
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()
        except RuntimeError:  # no more threads
            self._know(sock)
            self._places.release()
            sock.close()

    def _serve(self, sock: socket.socket) -> None:
        try:
            Connection(sock, self._shop, lambda: self._know(sock)).serve()
        finally:
            self._places.release()

    def _know(self, sock: socket.socket) -> None:
        with self._lock:
            self._strangers.pop(sock, None)

    def _make_room(self) -> bool:
        """Whether there is a place after all: whoever else is on this machine could take all, and say nothing."""
        with self._lock:
            oldest = next(iter(self._strangers), None)
            if oldest is None:
                return False
            del self._strangers[oldest]
            with suppress(OSError):  # it went by itself
                oldest.shutdown(socket.SHUT_RDWR)
        return self._places.acquire(timeout=_ROOM_SECONDS)


def _allow_files() -> None:
    """As many as all connections take, as far as the system lets us: 1024, the usual limit, is too few."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
