"""The wire layers: where every request of a Python program passes, whatever library made it.

http.client is below urllib, urllib3, requests and every vendored copy of them, h11 below httpx and httpx2; and
aiohttp stands for itself. One file to a layer, each with one function that takes the library's module. They
sign a request when it is sent, so that redirects, retries, threads and whatever goes round a session carry it
too, and the headers that a tool keeps are never changed. Raw bytes in latin-1, as HTTP has them.
"""

from __future__ import annotations

from .. import preference, resolver, scope

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Tuple

    Fields = List[Tuple[bytes, bytes]]


class Signer:
    """Signs the requests of this process.

    wanted  asked before each request: whether the person opted out.
    """

    def __init__(self, wanted: Callable[[], bool]) -> None:
        self.wanted = wanted
        self.suffix = resolver.wants_suffix()

    def covers(self, method: str, host: str) -> bool:
        """Whether a request with this method to this host (without port, lower case) carries the preference."""
        return method in scope.METHODS and scope.may_be_index(host) and self.wanted()

    def signed(self, fields: Fields) -> Fields:
        """The header fields, (name, value) in wire order, with the preference among them, once (design, D12).

        Several Prefer fields become one, in the place of the first: some servers look at one line only.
        """
        prefers = [value for name, value in fields if name.lower() == b"prefer"]
        prefer = preference.prefer(", ".join(value.decode("latin-1") for value in prefers)).encode("latin-1")
        result: Fields = []
        found = set()
        for name, value in fields:
            lower = name.lower()
            if lower == b"prefer":
                if lower not in found:
                    result.append((name, prefer))
            elif lower == b"user-agent" and self.suffix and lower not in found:
                result.append((name, _with_suffix(value)))
            else:
                result.append((name, value))
            found.add(lower)
        if self.suffix and b"user-agent" not in found:
            result.append((b"User-Agent", _with_suffix(b"")))
        if b"prefer" not in found:
            result.append((b"Prefer", prefer))
        return result


def _with_suffix(value: bytes) -> bytes:
    return preference.user_agent(value.decode("latin-1")).encode("latin-1")
