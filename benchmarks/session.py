"""In the measured Python: requests of its pip's session, for patched.py and growth.py.

    session.py PREFER stub NUMBER    answered at once by an adapter: prints the microseconds of processor time of one
    session.py PREFER URL NUMBER     over the network, and nothing else

PREFER is what the field has to be, "" for none; the process ends with a message where it is another.
"""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any

from measure import per_call

STUB = "https://index.example.org/simple/pip/"


def with_stub(session: Any) -> Any:
    """The session, with an adapter that answers requests to the stub at once."""
    requests = importlib.import_module("pip._vendor.requests")

    class Stub(requests.adapters.BaseAdapter):  # type: ignore[misc,name-defined]
        def send(self, request: Any, **_: Any) -> Any:
            response = requests.Response()
            response.status_code = 200
            response.url = request.url
            response.request = request
            return response

        def close(self) -> None:
            pass

    session.mount("https://index.example.org/", Stub())
    return session


def main() -> None:
    """Make the requests."""
    prefer, url, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    session = importlib.import_module("pip._internal.network.session").PipSession()
    if url == "stub":
        with_stub(session)
        url = STUB
    said = session.get(url).request.headers.get("Prefer", "")
    if said != prefer:
        sys.exit(f"Prefer is {said!r}")
    if sys.argv[2] == "stub" and number:
        print(per_call(lambda: session.get(url), number, time.process_time))
    elif number:
        for _ in range(number - 1):
            session.get(url)


if __name__ == "__main__":
    main()
