"""Takes connections on the loopback interface, each in a thread of its own."""

from __future__ import annotations

import threading
from contextlib import suppress

from . import transport
from .connection import Connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket

    from .connection import Shop

_MAX_CONNECTIONS = 1024
_STACK = 512 * 1024  # a thread's; nothing here goes deep


class Server:
    """Serves on a socket that listens already, until one of the descriptors in ``until`` has something to say."""

    def __init__(self, listener: socket.socket, shop: Shop) -> None:
        self._listener = listener
        self._shop = shop
        self._places = threading.BoundedSemaphore(_MAX_CONNECTIONS)

    def run(self, until: int) -> None:
        """Serve; until is readable, or at its end, when it is over. Open connections are left to the process's end."""
        threading.stack_size(_STACK)
        self._listener.setblocking(False)
        descriptor = self._listener.fileno()
        while True:
            readable, _ = transport.wait([descriptor, until], [], None)
            if until in readable:
                return
            with suppress(OSError):  # it went before it was taken, or there are too many files
                sock, _ = self._listener.accept()
                self._start(sock)

    def _start(self, sock: socket.socket) -> None:
        if not self._places.acquire(blocking=False):
            sock.close()
            return
        try:
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()
        except RuntimeError:  # no more threads
            self._places.release()
            sock.close()

    def _serve(self, sock: socket.socket) -> None:
        try:
            Connection(sock, self._shop).serve()
        finally:
            self._places.release()
