"""What ``pep786 run`` does for a program that no code of ours gets into: a proxy beside it, for as long as it runs.

This module is imported before the program starts, so it imports little; the proxy's own modules are imported in
the process beside.
"""

from __future__ import annotations

import os

from ..wire.sender import wanted_journal
from . import apart, inherited, lifetime, policy, proxies, roots

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import Mapping, MutableMapping

    from ..choice import Choice
    from ..journal import Journal
    from .authority import Authority
    from .programs import Program
    from .uv_config import Shield
    from .uv_options import Line

EXTRA = "pip install 'pep786-shim[proxy]'"

#: Names the hosts that alone are looked into, all others being tunnels; ``pep786 run --only`` sets it.
ONLY = "PEP786_ONLY_HOSTS"

_BUNDLE = "certificates.pem"
_USER = "pep786"
_TRUE = frozenset(("1", "y", "yes", "t", "true", "on"))

# With it in the environment, be it empty, uv takes itself for a CGI program and uses no proxy that a variable names.
_OF_CGI = "REQUEST_METHOD"


class NoProxyError(Exception):
    """The program cannot be run with the signal; the message is one line for the person."""


def beside(
    command: list[str],
    environ: MutableMapping[str, str],
    program: Program,
    *,
    suffix: bool,
    choice: Choice | None = None,
    line: Line | None = None,
    shield: Shield | None = None,
) -> list[str]:
    """Start the proxy for a program, and tell it in environ. Returns the command line to run.

    choice is what holds for single hosts, line and shield are what is known of the program when it is uv.
    Raises NoProxyError, and then nothing is left behind.
    """
    check()
    # Of another program all are children: its uv, its git, its cargo.
    runs = line is None or line.words in (["run"], ["tool", "run"], ["tool", "uvx"])
    if runs and _OF_CGI in environ:  # which may be what the person's program is started with
        raise NoProxyError(f"no uv uses a proxy where {_OF_CGI} is set, as for a CGI program; unset it")
    configured = shield.settings or {} if shield else {}
    try:
        hops = proxies.Proxies(environ, shield.proxies if shield else None)
    except proxies.UnsupportedProxyError as fault:
        raise NoProxyError(str(fault)) from None
    cert = line.values.get("--cert") if line else None
    where = line.directory(environ) if line else ""
    system = _wants_system(line, environ, configured)
    trust = roots.Trust(environ, cert=cert, system=system, cwd=where)
    personal = shield.personal if shield else {}
    rules = _rules(program, environ, line, configured, personal=personal, suffix=suffix, choice=choice)
    settings = Settings(hops, trust, rules, journal=wanted_journal(environ))
    bundle = _start(settings)
    _tell(environ, settings, bundle)
    return _with_cert(command, line, bundle) if line and cert else command


def _rules(
    program: Program,
    environ: Mapping[str, str],
    line: Line | None,
    configured: Mapping[str, object],
    *,
    suffix: bool,
    choice: Choice | None,
    personal: Mapping[str, object] | None = None,
) -> policy.Policy:
    try:
        only = policy.listed(environ[ONLY]) if environ.get(ONLY) else None
    except ValueError as fault:
        raise NoProxyError(f"{ONLY}: {fault}") from None
    if only is None and choice and choice.hosts and not choice.decision.opted_out and choice.hosts.denied[0]:
        only = choice.hosts.denied  # nobody opted out, but for these
    return policy.Policy(
        agents=program.agents,
        only=only,
        unsigned=apart.addresses(line, environ, personal or {}),
        blind=apart.hosts(line, environ, configured) if line else (),
        suffix=suffix,
        choice=choice,
    )


def _wants_system(line: Line | None, environ: Mapping[str, str], configured: Mapping[str, object]) -> bool:
    """Whether uv is to trust the system's certificates: the command line, then the environment, then its files."""
    switches = line.switches if line else set()
    for option in ("system-certs", "native-tls"):
        if f"--{option}" in switches or f"--no-{option}" in switches:
            return f"--{option}" in switches
    for variable in ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS"):
        if environ.get(variable):
            return environ[variable].lower() in _TRUE
    return any(configured.get(option) is True for option in ("system-certs", "native-tls"))


def _with_cert(command: list[str], line: Line, path: str) -> list[str]:
    """The command line with another file for every ``--cert`` (facts about uv, T11)."""
    changed = list(command)
    end = len(command) - len(line.program)
    for at in range(1, end):
        if command[at].startswith("--cert="):
            changed[at] = f"--cert={path}"
        elif command[at - 1] == "--cert":
            changed[at] = path
    return changed


class Settings:
    """What the proxy of one run is to know.

    token     opens the door
    listener  the socket that listens, once it does
    """

    def __init__(
        self,
        hops: proxies.Proxies,
        trust: roots.Trust,
        rules: policy.Policy,
        *,
        journal: Journal | None = None,
    ) -> None:
        self.journal = journal
        self.hops = hops
        self.trust = trust
        self.rules = rules
        self.token = os.urandom(24).hex()
        self.listener = _listen()

    @property
    def url(self) -> str:
        """The proxy's address, with the token."""
        return f"http://{_USER}:{self.token}@127.0.0.1:{self.listener.getsockname()[1]}"


def check() -> None:
    """Raises NoProxyError where the proxy cannot run."""
    from importlib.util import find_spec

    if os.name == "nt":
        raise NoProxyError("the proxy that this needs does not run on Windows yet")
    if find_spec("cryptography") is None or find_spec("certifi") is None:
        raise NoProxyError(f"the signal takes the proxy: {EXTRA}")


def _listen() -> socket.socket:
    import socket

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener


def _start(settings: Settings) -> str:
    folder = lifetime.new_folder()
    path = os.path.join(folder, _BUNDLE)

    def work(ended: int, ready: Callable[[], None]) -> None:
        _serve(settings, path, ended, ready)

    try:
        lifetime.Beside(folder).start(work, (settings.listener.fileno(),))
    except (OSError, RuntimeError) as fault:
        raise NoProxyError(f"the proxy did not start: {fault}") from None
    return path


def _serve(settings: Settings, path: str, ended: int, ready: Callable[[], None]) -> None:
    """In the process beside: first what the program needs to start, then all else."""
    from .. import scope
    from .authority import Authority

    only = settings.rules.only
    authority = Authority(never=scope.NO_INDEX) if only is None else Authority(only=sorted(only))
    with open(path, "wb", opener=_public) as file:
        # Any command may start something: a build back-end, git, keyring.
        file.write(settings.trust.bundle(children=True) + authority.pem)
    ready()

    import threading

    from . import server, upstream
    from .connection import Shop

    _keep_to_itself()
    threading.Thread(target=_warm_up, args=(settings.trust, authority), daemon=True).start()
    roads = upstream.Roads(settings.hops, settings.trust)
    shop = Shop(
        authorization(_USER, settings.token),
        rules=settings.rules,
        roads=roads,
        trust=settings.trust,
        authority=authority,
        stranger=Authority(),
        journal=settings.journal,
    )
    server.Server(settings.listener, shop).run(ended)


def _warm_up(trust: roots.Trust, authority: Authority) -> None:
    """What the first https server takes, while the program starts: parsing the roots, importing the rest."""
    authority.context("localhost")
    trust.context()


def authorization(user: str, token: str) -> str:
    """The value of Proxy-Authorization."""
    import base64

    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode("ascii")


def _public(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_EXCL, 0o644)
    os.fchmod(descriptor, 0o644)  # a child under sudo reads it too
    return descriptor


def _keep_to_itself() -> None:
    """No core file, which would hold the key and the token."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _tell(environ: MutableMapping[str, str], settings: Settings, bundle: str) -> None:
    """The variables of the program. The proxy honours NO_PROXY itself: here it would let requests past.

    It is there and empty: what is not there, ``uv run`` takes from a file of variables.
    """
    told: dict[str, str | None] = {"NO_PROXY": "", "no_proxy": "", "SSL_CERT_FILE": bundle}
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        told[name] = told[name.upper()] = settings.url
    if settings.trust.cert:
        told["SSL_CERT_DIR"] = None
    inherited.tell(environ, settings.url, told)
    environ.pop(_OF_CGI, None)
