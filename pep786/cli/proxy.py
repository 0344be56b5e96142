"""``pep786 proxy``: the proxy by itself, for a CI host and any client that can be pointed at one."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

_DESCRIPTION = """\
Run the proxy that sends the signal, for every client that is pointed at it: uv, pip, conda, curl.

The folder keeps its certificate authority, a token without which nobody is served, and two files
for clients: "url" is the proxy's address with the token, "certificates.pem" whom to trust."""

_EPILOG = """\
Examples:
  pep786 proxy --ca /var/lib/pep786
  pep786 proxy --ca /var/lib/pep786 --systemd
  install -o ci -m 0600 /var/lib/pep786/url ~ci/pep786-url     # by root, for the user of the jobs
  url=$(cat ~/pep786-url) || exit 1                            # in a job: without it there is no signal
  HTTPS_PROXY="$url" SSL_CERT_FILE=/var/lib/pep786/certificates.pem uv sync
  pip install --proxy "$url" --cert /var/lib/pep786/certificates.pem requests

Only the service's user may read "url", which has the token in it.
Whoever can read ca-key.pem can pretend to be any index to the clients: keep it from them.

Exit status: 0 it was told to end, 2 bad usage, or it cannot start."""

_PORT = 7786


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this command to the command line."""
    import argparse

    parser = commands.add_parser(
        "proxy",
        help="run the proxy by itself, for a CI host",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--ca", metavar="FOLDER", required=True, help="where the authority is kept; made if need be")
    parser.add_argument("--port", type=int, default=_PORT, help="the port to listen on (default: %(default)s)")
    parser.add_argument(
        "--listen", metavar="ADDRESS", default="127.0.0.1", help="the address to listen on (default: %(default)s)"
    )
    parser.add_argument(
        "--only",
        metavar="HOST",
        action="append",
        default=[],
        help="look into this host's connections only, all others go UNSIGNALLED; repeatable",
    )
    parser.add_argument("--systemd", action="store_true", help="print a systemd unit, and do nothing else")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to end."""
    from .. import resolver
    from ..proxy import launch, service

    try:
        folder, only = _asked(arguments)
        if not arguments.systemd:
            launch.check()
            kept = service.Kept(folder, only)
            service.serve(kept, arguments.listen, arguments.port, only, suffix=resolver.wants_suffix())
            return 0
    except (launch.NoProxyError, service.ServiceError) as fault:
        print(f"pep786 proxy: {fault}", file=sys.stderr)
        return 2
    except OSError as fault:
        print(f"pep786 proxy: {fault.filename or arguments.ca}: {fault.strerror}", file=sys.stderr)
        return 2
    print(service.unit(folder, arguments.port, only))
    return 0


def _asked(arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The folder, and the hosts of ``--only``. Raises ServiceError."""
    import os

    from ..proxy import policy, service

    try:
        folder = os.path.abspath(arguments.ca)
    except OSError:
        raise service.ServiceError("the current directory does not exist") from None
    try:
        only = [host for one in arguments.only for host in policy.listed(one)]
    except ValueError as fault:
        raise service.ServiceError(f"--only: {fault}") from None
    if not 0 <= arguments.port < 65536:
        raise service.ServiceError(f"--port: {arguments.port} is no port")
    if not arguments.listen.strip():  # the system takes it for every address
        raise service.ServiceError("--listen: no address is named")
    return folder, only
