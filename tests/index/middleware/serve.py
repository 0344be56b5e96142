"""Runs one of the servers that have no command of their own: ``serve.py NAME PORT``, in a process of its own."""

from __future__ import annotations

import json
import logging.config
import os
import sys


def main() -> None:
    """Serve until the process is ended."""
    name, port = sys.argv[1], int(sys.argv[2])
    logging.config.dictConfig(json.loads(os.environ["ACCESS_LOG"]))
    from tests.index.middleware.applications import wsgi

    if name == "waitress":
        import waitress  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from paste.translogger import TransLogger  # type: ignore[import-not-found,import-untyped,unused-ignore]

        waitress.serve(TransLogger(wsgi, setup_console_handler=False), listen=f"127.0.0.1:{port}")
    elif name == "werkzeug":
        from werkzeug.serving import run_simple

        run_simple("127.0.0.1", port, wsgi, threaded=True)
    elif name.startswith("cheroot"):
        from cheroot import server  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from cheroot.wsgi import Server  # type: ignore[import-not-found,import-untyped,unused-ignore]

        if name == "cheroot-joining":
            server.comma_separated_headers.append(b"Prefer")
        Server(("127.0.0.1", port), wsgi).start()
    else:
        from wsgiref.simple_server import make_server

        make_server("127.0.0.1", port, wsgi).serve_forever()


if __name__ == "__main__":
    main()
