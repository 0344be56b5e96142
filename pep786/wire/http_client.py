"""http.client: the request is signed when its header ends, in the connection's own buffer."""

from __future__ import annotations

from .. import scope
from ..startup import gates
from . import sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any, Tuple

    from . import Fields
    from .sender import Sender

    Sent = Tuple[str, str, str, Fields]


def sign(signer: Sender, module: ModuleType) -> None:
    """Have every connection of the process sign what it sends (http/client.py, HTTPConnection.endheaders)."""
    connection_class = module.HTTPConnection
    endheaders = connection_class.endheaders

    def _endheaders(connection: Any, *args: Any, **kwargs: Any) -> Any:
        sent = None
        try:
            sent = _sign(signer, connection)
        except Exception as fault:
            gates.warn(module.__name__, fault)
        result = endheaders(connection, *args, **kwargs)  # connects, too
        if sent is not None:
            try:
                signer.note(*sent)
            except Exception as fault:
                gates.warn(module.__name__, fault)
        return result

    connection_class.endheaders = _endheaders


def _sign(signer: Sender, connection: Any) -> Sent | None:
    """The buffer holds the request line, then one entry to a field, ``Name: value``.

    Returns what :meth:`Sender.note` is to get once the request is out; None where no journal is wanted.
    """
    buffer = connection._buffer
    if not buffer:
        return None
    method, _, target = buffer[0].decode("latin-1").partition(" ")
    # Absolute to a plain proxy; else the host that is connected, or tunnelled, to.
    absolute = "://" in target.partition("?")[0]
    host = scope.host_of(target) if absolute else connection._tunnel_host or connection.host
    covered = signer.covers(method, host.lower())
    if not covered and signer.journal is None:
        return None
    fields: Fields = []
    for line in buffer[1:]:
        name, _, value = bytes(line).partition(b":")
        fields.append((name, value.lstrip(b" ")))
    if covered:
        fields = signer.signed(fields)
        buffer[1:] = [name + b": " + value for name, value in fields]
    if signer.journal is None:
        return None
    target = target.rpartition(" ")[0]
    authority, path = sender.split(target) if absolute else (_authority(connection), target)
    return method, authority.lower(), path, fields


def _authority(connection: Any) -> str:
    tunnelled = connection._tunnel_host
    host, port = (tunnelled, connection._tunnel_port) if tunnelled else (connection.host, connection.port)
    return sender.authority(host.lower(), port, connection.default_port)
