"""Log lines as their writers make them: each format's escaping, from its own documentation and source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Callable, NamedTuple

from pep786.index.logs.cloudfront import STANDARD, CloudFront
from pep786.index.logs.combined import COMBINED, Combined
from pep786.index.logs.json_lines import JsonLines
from pep786.index.logs.linehaul import Linehaul

if TYPE_CHECKING:
    from pep786.index.logs.lines import Format

NGINX = COMBINED["nginx"] + ' "$http_prefer"'
APACHE = COMBINED["apache"] + r" \"%{Prefer}i\""

_HEAD = '203.0.113.7 - - [21/Nov/2026:10:00:00 +0000] "GET /simple/demo/ HTTP/1.1" {status} 512 "-" '


def linehaul(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    """As PyPI's edge writes it: the User-Agent last, and raw."""
    del prefer, status
    line = "download|Sat, 21 Nov 2026 10:00:00 GMT|DE|/packages/aa/demo-1.0.tar.gz|TLSv1.3|TLS_AES|demo|1.0|sdist|"
    return (line + (user_agent or "(null)")).encode("latin-1", "replace")


def nginx(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    r"""ngx_http_log_escape: a quote, a backslash and what is not printable ASCII as ``\xHH``."""

    def escaped(text: str | None) -> str:
        if text is None:
            return "-"
        return "".join(
            f"\\x{byte:02X}" if byte in b'"\\' or byte < 32 or byte > 126 else chr(byte)
            for byte in text.encode("latin-1", "replace")
        )

    return f'{_HEAD.format(status=status)}"{escaped(user_agent)}" "{escaped(prefer)}"'.encode()


def apache(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    r"""ap_escape_logitem: a quote and a backslash behind a backslash, controls by letter or as ``\xhh``."""
    letters = {8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\x0c", 13: "\\r", 34: '\\"', 92: "\\\\"}

    def escaped(text: str | None) -> str:
        if text is None:
            return "-"
        return "".join(
            letters.get(byte) or (f"\\x{byte:02x}" if byte < 32 or byte > 126 else chr(byte))
            for byte in text.encode("latin-1", "replace")
        )

    return f'{_HEAD.format(status=status)}"{escaped(user_agent)}" "{escaped(prefer)}"'.encode()


def json_line(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    """As a JSON library writes it."""
    fields = {"path": "/simple/demo/", "status": status, "user_agent": user_agent}
    return json.dumps({**fields, **({} if prefer is None else {"prefer": prefer})}).encode()


def json_bytes(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    """nginx with ``escape=json``: the bytes of a field as they came."""
    fields = {"path": "/simple/demo/", "status": status, "user_agent": user_agent, "prefer": prefer}
    return json.dumps(fields, ensure_ascii=False).encode("latin-1", "replace")


def _percent(text: str) -> str:
    kept = b"!$&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    return "".join(chr(byte) if byte in kept else f"%{byte:02X}" for byte in text.encode("latin-1", "replace"))


def cloudfront(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    """A standard log of version 1.0: the User-Agent percent-encoded."""
    del prefer
    columns = dict.fromkeys(STANDARD.split(), "-")
    columns.update({"sc-status": str(status), "cs(User-Agent)": _percent(user_agent) if user_agent else "-"})
    return "\t".join(columns.values()).encode()


def cloudfront_twice(prefer: str | None, user_agent: str | None, status: int = 200) -> bytes:
    """As older edges wrote it: the percent signs encoded again."""
    return cloudfront(prefer, user_agent and _percent(user_agent), status)


class Written(NamedTuple):
    """A format, a writer of its lines, and whether those tell the Prefer field and the status."""

    name: str
    reader: Callable[..., Format]
    line: Callable[..., bytes]
    prefer: bool = True

    def __str__(self) -> str:
        return self.name


ALL = [
    Written("linehaul", Linehaul, linehaul, prefer=False),
    Written("nginx", lambda **own: Combined("nginx", NGINX, **own), nginx),
    Written("apache", lambda **own: Combined("apache", APACHE, **own), apache),
    Written("json", lambda **own: JsonLines("user_agent", "prefer", **own), json_line),
    Written("json-bytes", lambda **own: JsonLines("user_agent", "prefer", **own), json_bytes),
    Written("cloudfront", CloudFront, cloudfront, prefer=False),
    Written("cloudfront-twice", CloudFront, cloudfront_twice, prefer=False),
]

PLAIN = "pip/26.2"
SUFFIXED = "pip/26.2 (no-analytics)"
DECOY = 'pip/26.2 {"installer":{"name":"pip"},"user_data":"a (no-analytics) b"}'
