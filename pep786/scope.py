"""Which requests the preference is about: those that fetch from a package index (design, D11)."""

from __future__ import annotations

#: What fetches; never an upload, never CONNECT.
METHODS = ("GET", "HEAD")

#: Hosts known to be no index, and what they are. The same holds for every name below them.
NO_INDEX = {
    "github.com": "code hosting",
    "githubusercontent.com": "code hosting",
    "gitlab.com": "code hosting",
    "bitbucket.org": "code hosting",
    "codeberg.org": "code hosting",
    "sr.ht": "code hosting",
    "www.python.org": "Python downloads",
    "releases.astral.sh": "Python downloads",
    "downloads.python.org": "Python downloads",
    "osv.dev": "vulnerability data",
    "upload.pypi.org": "uploads",
}


def host_of(url: str) -> str:
    """The host of an absolute URL in lower case, without credentials and port; "" when there is none."""
    authority = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()


def may_be_index(host: str) -> bool:
    """Whether a host may be an index: any may that is not listed above, by itself or by a parent domain."""
    name = host
    while name:
        if name in NO_INDEX:
            return False
        name = name.partition(".")[2]
    return True
