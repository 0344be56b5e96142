"""The proxies that the person had configured before us, and what goes past them.

Source: the variables as reqwest reads them, upper case first; RFC 7617 for the credentials.
"""

from __future__ import annotations

import base64
import re
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping


_MAX_HOST = 255


class UnsupportedProxyError(ValueError):
    """A proxy of a kind that we do not speak to. The message holds no credentials."""


class Hop:
    """A proxy on the way.

    secure         whether it is spoken to in TLS.
    host, port     where it is.
    authorization  the value of Proxy-Authorization, None without credentials.
    """

    __slots__ = ("authorization", "host", "port", "secure")

    def __init__(self, url: str, variable: str) -> None:
        """Raises UnsupportedProxyError; variable is where the URL was found, for the message."""
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port
        except ValueError:
            raise UnsupportedProxyError(f"{variable} is no URL of a proxy") from None
        if not url.isprintable() or len(parts.hostname or "") > _MAX_HOST:
            raise UnsupportedProxyError(f"{variable} is no URL of a proxy")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            kind = parts.scheme if parts.scheme.isalnum() else "such"
            raise UnsupportedProxyError(f"{variable} names a {kind} proxy; http and https proxies are supported")
        self.secure = parts.scheme == "https"
        self.host = parts.hostname
        self.port = port or (443 if self.secure else 80)
        self.authorization = None
        if parts.username is not None or parts.password is not None:
            pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
            self.authorization = "Basic " + base64.b64encode(pair.encode()).decode("ascii")


class Proxies:
    """Which proxy was configured for what, and what goes past it."""

    def __init__(self, environ: Mapping[str, str], configured: Mapping[str, object] | None = None) -> None:
        """environ holds the variables, configured uv's own settings, which leave no variable a say.

        Raises UnsupportedProxyError.
        """
        if configured:
            environ = {key.upper().replace("-", "_"): _joined(value) for key, value in configured.items()}
        self._hops: dict[str, Hop | None] = {}
        for scheme in ("http", "https"):
            names = [f"{scheme}_proxy", "all_proxy"]
            variable = next((one for name in names for one in (name.upper(), name) if environ.get(one)), None)
            self._hops[scheme] = Hop(environ[variable], variable) if variable else None
        self._past = _patterns(environ.get("NO_PROXY") or environ.get("no_proxy") or "")

    def hop(self, scheme: str, host: str, port: int) -> Hop | None:
        """The proxy on the way to a server; None when there is none."""
        found = self._hops[scheme]
        return None if found is None or any(_matches(one, host, port) for one in self._past) else found


def _joined(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def port_of(text: str) -> int:
    """The port that these digits name; 0 for what names none: superscripts are digits too, and 5,000 no number."""
    port = int(text) if re.fullmatch("[0-9]{1,5}", text) else 0
    return port if port < 65536 else 0


def _patterns(no_proxy: str) -> list[tuple[str, int | None]]:
    found: list[tuple[str, int | None]] = []
    for entry in no_proxy.replace(" ", ",").split(","):
        name, colon, port = entry.strip().lower().rpartition(":")
        number = port_of(port)
        if colon and number and (":" not in name or name.startswith("[")):
            found.append((name.strip("[]").lstrip("."), number))
        elif entry.strip():
            found.append((entry.strip().lower().strip("[]").lstrip("."), None))
    return found


def _matches(pattern: tuple[str, int | None], host: str, port: int) -> bool:
    name, only = pattern
    if only is not None and only != port:
        return False
    host = host.lower().rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        return name in ("*", host) or host.endswith(f".{name}")
    try:
        return name == "*" or address in ip_network(name, strict=False)
    except ValueError:
        return False
