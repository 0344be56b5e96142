r"""What a log's writer did to a field's value, undone.

Source: nginx, ``ngx_http_log_escape`` (``\xHH`` for a quote, a backslash and what is not printable ASCII);
Apache httpd, ``ap_escape_logitem`` (``\"``, ``\\``, ``\n`` and its like, ``\xhh``); Amazon CloudFront, "Standard
log file fields" (percent-encoding; at times the User-Agent is encoded twice).
"""

from __future__ import annotations

import re
import urllib.parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from re import Match

_BACKSLASH = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.?))", re.DOTALL)
_PLAIN = {
    b'"': b'"',
    b"\\": b"\\",
    b"b": b"\b",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b"f": b"\f",
}


def backslashes(value: bytes) -> bytes:
    """The value with the escapes of nginx and Apache undone. ValueError: one that neither writes."""
    return _BACKSLASH.sub(_plain, value) if b"\\" in value else value


def _plain(match: Match[bytes]) -> bytes:
    code, letter = match.groups()
    if code is not None:
        return bytes((int(code, 16),))
    if letter not in _PLAIN:
        raise ValueError("neither nginx nor Apache escapes like this")
    return _PLAIN[letter]


def percents(value: bytes) -> tuple[bytes, bytes]:
    """The value decoded once, and decoded twice."""
    once = urllib.parse.unquote_to_bytes(value)
    return once, urllib.parse.unquote_to_bytes(once)
