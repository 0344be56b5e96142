"""The one bit that is left of a request's preference, and who may read it.

The application finds it under :data:`FLAG`. A server's access log often has nothing of the request but a line
of text: for that the flag of the request at hand is also kept in a context variable, and *taken* from there, by
one record. Left to stand it would be found by the next one: servers reuse threads, and uvicorn starts the task
of a pipelined request in the context of the one before it.

It stays there when the application is done, as some servers write their line then. Only a request within another,
which an application makes of itself, gives the place back: the line about the outer one is still to come.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

    Request = List[Any]

#: Key of a bool in a WSGI environ or an ASGI scope. No header can make it: theirs begin with HTTP_ in the one,
#: and stand in a list of their own in the other.
FLAG = "pep786.no_analytics"


# A request is a list, which all contexts that were copied from its own share: the flag, None once a record has taken
# it; the request that this one is within, or None; whether the application is at work. A class would cost as much as
# all else here.
_at_hand: ContextVar[Request | None] = ContextVar("pep786 request at hand", default=None)


def begin(flag: bool, told: object = None) -> Request | None:
    """From here on the request at hand has this flag. Gives what :func:`end` wants.

    told  what a middleware of ours further out has left under :data:`FLAG`. Where that says the same there is nothing
          to do: a second flag would serve a second record.
    """
    if told is flag:
        return None
    outer = _at_hand.get()
    request: Request = [flag, outer if outer and outer[2] else None, True]
    _at_hand.set(request)
    return request


def end(request: Request | None) -> None:
    """The application is done with a request: one that it was within is at hand again."""
    if request:
        request[2] = False
        outer = request[1]
        if outer and outer[2]:  # else we are in a copy of its context, as a pipelined request is
            _at_hand.set(outer)


def take() -> bool | None:
    """The flag of the request at hand, once; None when there is none, or none any more."""
    request = _at_hand.get()
    if not request:
        return None
    found: bool | None = request[0]
    request[0] = None
    return found


def fault(error: BaseException) -> None:
    """Say that a request counts as opted out since our own code failed on it; raises nothing.

    The text of the error is left to the debug level: it may quote what the client sent.
    """
    log = logging.getLogger("pep786.index")
    log.warning("pep786: %s in the middleware; this request counts as opted out", type(error).__name__)
    log.debug("pep786: the fault", exc_info=error)
