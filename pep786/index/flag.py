"""The one bit that is left of a request's preference, and who may read it.

The application finds it under :data:`FLAG`. A server's access log often has nothing of the request but a line
of text: for that the flag of the request at hand is also kept in a context variable, and *taken* from there, by
one record. Left to stand it would be found by the next one: servers reuse threads, and uvicorn starts the task
of a pipelined request in the context of the one before it.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar

#: Key of a bool in a WSGI environ or an ASGI scope. No header can make it: theirs begin with HTTP_ in the one,
#: and stand in a list of their own in the other.
FLAG = "pep786.no_analytics"

# A list, so that what one context takes is gone from all that were copied from it.
_at_hand: ContextVar[list[bool]] = ContextVar("pep786 flag of the request at hand")


def put(flag: bool) -> None:
    """From here on the request at hand has this flag."""
    _at_hand.set([flag])


def take() -> bool | None:
    """The flag of the request at hand, once; None when there is none, or none any more."""
    try:
        return _at_hand.get().pop()
    except LookupError:  # no variable, or an empty list
        return None


def fault(error: BaseException) -> None:
    """Say that a request counts as opted out since our own code failed on it; raises nothing.

    The text of the error is left to the debug level: it may quote what the client sent.
    """
    log = logging.getLogger("pep786.index")
    log.warning("pep786: %s in the middleware; this request counts as opted out", type(error).__name__)
    log.debug("pep786: the fault", exc_info=error)
