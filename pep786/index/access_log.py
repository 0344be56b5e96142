"""What a server writes about a request, and who else may read it: a filter for Python's ``logging``.

Servers differ in what a record of their access log knows of the request (read in gunicorn 27.0, uvicorn 0.54,
hypercorn 0.18, werkzeug 3.1, paste 3.10, pypiserver 2.4):

    gunicorn    a mapping of "atoms", one for each key of the WSGI environ: the flag is among them
    pypiserver  its request line has the environ itself
    others      text, written while the application answers, in its thread or task: the flag at hand

A record about which none of them tells anything is not shared: a refused request, a line that is about no request
(a server may answer 400 before it has read a field).
"""

from __future__ import annotations

import logging
from typing import Mapping

from . import flag

_ATOM = f"{{{flag.FLAG}}}e"


class NoAnalyticsFilter(logging.Filter):
    """Lets through only records of requests that the middleware has seen, and that are not opted out.

    For the handler (or the logger) of what is shared, with one record for each request: a flag that was only
    at hand serves one record. Each record gets ``no_analytics``: True, False, or None where nothing is known.
    drop=False lets everything through, for an internal log that keeps the bit. Raises nothing.
    """

    def __init__(self, drop: bool = True) -> None:
        super().__init__()
        self.drop = drop

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be shared; always, with drop=False."""
        fields = record.__dict__
        if "no_analytics" not in fields:  # else another handler's filter was first
            fields["no_analytics"] = _known(record)
        return not self.drop or fields["no_analytics"] is False


def _known(record: logging.LogRecord) -> bool | None:
    at_hand = flag.take()  # in any case, or it would be there for the next record
    told = record.args
    if isinstance(told, Mapping):
        try:
            for key in (_ATOM, flag.FLAG):
                if isinstance(told.get(key), bool):
                    return bool(told[key])
        except Exception as error:
            flag.fault(error)
            return None
    return at_hand
