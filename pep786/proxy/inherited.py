"""What ``pep786 run`` tells a program of its proxy, and how another one inside of that program takes it back.

The proxy signs for every uv that comes to it. A uv that is not to signal, inside of one that is (design, D8), has to go
the way that was there before.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Mapping, MutableMapping

# The address of the proxy that is told, and which variables were; of each what it held before, in one of its own: one
# alone may be as long as the system lets it.
_PROXY, _TOLD, _BEFORE = "_PEP786_PROXY", "_PEP786_PROXY_TOLD", "_PEP786_PROXY_BEFORE_"


def tell(environ: MutableMapping[str, str], proxy: str, told: Mapping[str, str | None]) -> None:
    """Set the variables that lead to a proxy, and remember what they held; of several proxies, before the first.

    told  name to value, None for one that is not to be there; HTTPS_PROXY is among them, with the proxy.
    """
    before = dict(environ)
    take_back(before)
    for name in [name for name in environ if name.startswith(_BEFORE)]:
        del environ[name]
    for name, value in told.items():
        environ.pop(name, None)
        if value is not None:
            environ[name] = value
        if name in before:
            environ[_BEFORE + name] = before[name]
    environ[_PROXY], environ[_TOLD] = proxy, ",".join(told)


def take_back(environ: MutableMapping[str, str]) -> None:
    """Undo what an outer ``pep786 run`` told, unless somebody named another proxy since."""
    before = {name: environ.pop(name) for name in list(environ) if name.startswith(_BEFORE)}
    proxy, told = environ.pop(_PROXY, None), environ.pop(_TOLD, "")
    if proxy and environ.get("HTTPS_PROXY") == proxy:
        for name in filter(None, told.split(",")):
            environ.pop(name, None)
        environ.update({name[len(_BEFORE) :]: value for name, value in before.items()})
