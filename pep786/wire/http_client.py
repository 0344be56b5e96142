"""http.client: the request is signed when its header ends, in the connection's own buffer."""

from __future__ import annotations

from .. import scope
from ..startup import gates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from . import Fields, Signer


def sign(signer: Signer, module: ModuleType) -> None:
    """Have every connection of the process sign what it sends (http/client.py, HTTPConnection.endheaders)."""
    connection_class = module.HTTPConnection
    endheaders = connection_class.endheaders

    def _endheaders(connection: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            _sign(signer, connection)
        except Exception as fault:
            gates.warn(module.__name__, fault)
        return endheaders(connection, *args, **kwargs)

    connection_class.endheaders = _endheaders


def _sign(signer: Signer, connection: Any) -> None:
    """The buffer holds the request line, then one entry to a field, ``Name: value``."""
    buffer = connection._buffer
    if not buffer:
        return
    method, _, target = buffer[0].decode("latin-1").partition(" ")
    # Absolute to a plain proxy; else the host that is connected, or tunnelled, to.
    host = scope.host_of(target) if "://" in target.partition("?")[0] else connection._tunnel_host or connection.host
    if not signer.covers(method, host.lower()):
        return
    fields: Fields = []
    for line in buffer[1:]:
        name, _, value = bytes(line).partition(b":")
        fields.append((name, value.lstrip(b" ")))
    buffer[1:] = [name + b": " + value for name, value in signer.signed(fields)]
