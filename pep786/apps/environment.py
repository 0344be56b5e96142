"""What a command is given on its way: the request, and the variables that applications honour by themselves."""

from __future__ import annotations

from .. import resolver
from . import request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import MutableMapping

#: Honoured by many applications, and by none of the packaging tools: it is no spelling of the preference.
DO_NOT_TRACK = "DO_NOT_TRACK"


def hand_on(environ: MutableMapping[str, str], *, flag: bool | None = None) -> bool | None:
    """Write the request into a child's environment, where there is one (``pep786 run``).

    flag as for :func:`pep786.resolve`. Returns None when nothing was asked for, else whether the person is opted
    out; when not, nothing but the request is written. A variable that the person set stays as it is set.
    Raises nothing.
    """
    if not request.requested(environ).asked:
        return None
    from . import instant_python  # not before a command that nobody asked for

    environ[request.VARIABLE] = "1"
    opted_out = resolver.resolve("pep786", flag=flag, environ=environ).opted_out
    if opted_out and not environ.get(DO_NOT_TRACK):
        environ[DO_NOT_TRACK] = "1"
    if resolver.resolve(instant_python.NAME, flag=flag, environ=environ).opted_out:
        instant_python.quiet(environ)
    return opted_out
