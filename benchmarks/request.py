"""What the shim adds to each request of pip's own session, opted out and not.

One process has the newest pip's PipSession as the shim leaves it, and the same class with what the shim
replaced put back. Each makes the same request, from ``session.get`` to the response, through an adapter mounted
on it that answers at once: what is left is pip's own work and ours. A second bare session is the control.
Short batches take turns, in CPU time, and of their paired differences the
median is given. For scale, the bare session also fetches a page over HTTP from a process on the loopback
interface, connection kept; that is wall time.
"""

from __future__ import annotations

import http.server
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any, Callable

from environments import Workshop
from measure import Samples, Side, added, arguments, batch, interleave, median, per_call, publish, spread, table

STUB = "https://index.example.org/simple/pip/"
PAGE = b"<!DOCTYPE html><title>Links for pip</title>\n" + b'<a href="pip-1.0-py3-none-any.whl">pip</a><br>\n' * 40


class Page(http.server.BaseHTTPRequestHandler):
    """An index of one page, which keeps its connections and answers in one packet."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """The page."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def serve() -> None:
    """Answer until ended, after the port is printed."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def classes() -> tuple[Any, Any]:
    """PipSession as the shim's adapter leaves it, and the same class with all that it replaced put back.

    One copy of pip serves both: two copies of the very same code differ by more than the shim costs.
    """
    importlib.import_module("_pep786_startup").uninstall()
    module = importlib.import_module("pip._internal.network.session")
    before = {name: getattr(module.PipSession, name) for name in dir(module.PipSession)}
    importlib.import_module("pep786.startup.gates").of("pip")[module.__name__](module)
    hooked: Any = module.PipSession
    replaced = {name: value for name, value in before.items() if getattr(hooked, name) is not value}
    return hooked, type("Bare", (hooked,), replaced)


def make(kind: Any, opted_out: bool) -> Any:
    """A session of this class with the stub mounted; it decides about the preference now."""
    os.environ.pop("PIP_NO_ANALYTICS", None)
    if opted_out:
        os.environ["PIP_NO_ANALYTICS"] = "1"
    session = kind()
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


def work(rounds: int, port: int) -> None:
    """In the measured Python: the sessions in turn; prints JSON."""
    hooked, bare = classes()
    sessions = {
        "bare": make(bare, opted_out=True),
        "bare again (control)": make(bare, opted_out=True),
        "not opted out": make(hooked, opted_out=False),
        "opted out": make(hooked, opted_out=True),
    }
    for name, session in sessions.items():
        signed = session.get(STUB).request.headers.get("Prefer") == "no-analytics"
        if signed != (name == "opted out"):
            sys.exit(f"{name}: Prefer is {'' if signed else 'not '}there")

    def side(session: Any, url: str, clock: Callable[[], float]) -> Side:
        def call() -> object:
            return session.get(url)

        number = batch(call, milliseconds=1)
        return lambda: {"us": per_call(call, number, clock)}

    sides = {name: side(session, STUB, time.process_time) for name, session in sessions.items()}
    sides["loopback"] = side(bare(), f"http://127.0.0.1:{port}/simple/pip/", time.perf_counter)
    json.dump(interleave(sides, rounds), sys.stdout)


def measure(workshop: Workshop, python: str, rounds: int) -> Samples:
    """Start the page's server and the measured process."""
    script = os.path.abspath(__file__)
    environ = workshop.clean()
    with subprocess.Popen([sys.executable, script, "--serve"], stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            command = [python, script, "--rounds", str(rounds), "--work", port]
            samples: Samples = json.loads(subprocess.check_output(command, env=environ, cwd=workshop.folder))
        finally:
            server.terminate()
    return samples


def rows(samples: Samples) -> list[list[str]]:
    """A row per session, against the bare one of the same round."""
    lines = []
    bare, loopback = median(samples, "bare.us"), median(samples, "loopback.us")
    goals: dict[str, str] = {"not opted out": "5 µs", "opted out": "5 µs"}
    for name in ("bare again (control)", "not opted out", "opted out"):
        more = added(samples, f"{name}.us", "bare.us")
        noise = f"{spread(samples, f'{name}.us', 'bare.us'):.2f} µs"
        shares = [f"{100 * more / bare:+.2f} %", f"{100 * more / loopback:+.2f} %"]
        lines.append([name, f"{more:+.2f} µs", noise, goals.get(name, ""), *shares])
    return lines


def main() -> None:
    """Build, measure, print; with --serve or --work be one of the other processes."""
    parser = arguments(__doc__ or "", rounds=2000)
    parser.add_argument("--serve", action="store_true", help="used by this script itself")
    parser.add_argument("--work", metavar="PORT", type=int, help="used by this script itself")
    options = parser.parse_args()
    if options.serve:
        serve()
    if options.work:
        work(options.rounds, options.work)
        return
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        python = workshop.environment("shim", "pip", workshop.wheel())
        versions = workshop.versions(python)
        samples = measure(workshop, python, options.rounds)
    header = ["per request", "added", "IQR", "goal", "of the bare session's own work", "of one loopback request"]
    scale = f"bare session: {median(samples, 'bare.us'):.0f} µs up to the adapter; "
    scale += f"a whole loopback request: {median(samples, 'loopback.us'):.0f} µs (pip {versions['pip']})"
    publish(
        f"{table(header, rows(samples))}\n\n{scale}",
        options.json,
        rounds=options.rounds,
        samples=samples,
        versions=versions,
    )


if __name__ == "__main__":
    main()
