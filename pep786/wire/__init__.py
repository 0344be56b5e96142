"""The wire layers: where every request of a Python program passes, whatever library made it.

http.client is below urllib, urllib3, requests and every vendored copy of them, h11 below httpx and httpx2; and
aiohttp stands for itself. One file to a layer, each with one function that takes the library's module. They
sign a request when it is sent, so that redirects, retries, threads and whatever goes round a session carry it
too, and the headers that a tool keeps are never changed. Raw bytes in latin-1, as HTTP has them.
"""

from __future__ import annotations

from .. import preference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Tuple

    Fields = List[Tuple[bytes, bytes]]


def signed(fields: Fields, *, suffix: bool) -> Fields:
    """The header fields, (name, value) in wire order, with the preference among them, once (design, D12).

    suffix  whether the User-Agent gets its own (D19). Several Prefer fields become one, in the place of the first: some
    servers look at one line only.
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
        elif lower == b"user-agent" and suffix and lower not in found:
            result.append((name, _with_suffix(value)))
        else:
            result.append((name, value))
        found.add(lower)
    if suffix and b"user-agent" not in found:
        result.append((b"User-Agent", _with_suffix(b"")))
    if b"prefer" not in found:
        result.append((b"Prefer", prefer))
    return result


def _with_suffix(value: bytes) -> bytes:
    return preference.user_agent(value.decode("latin-1")).encode("latin-1")
