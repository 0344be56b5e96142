"""The proxy as a service of its own, for a CI host: a fixed port, and an authority and a token that are kept.

Whoever has the token is signed for. The service does not start with a key or a token that others can read.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import stat
import sys
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..choice import Choice
    from .authority import Authority

CERTIFICATE, KEY, TOKEN = "ca.pem", "ca-key.pem", "token"
URL, BUNDLE = "url", "certificates.pem"

_DAYS = 825
_TOKEN = re.compile(rb"[0-9A-Za-z._~-]{32,}")  # as it stands in a URL, and nobody guesses
_IDLE_SECONDS = 900

UNIT = """\
# /etc/systemd/system/pep786-proxy.service
# once:  useradd --system --no-create-home pep786
# then, for the user of the jobs that are to be signed for:  install -o ci -m 0600 {url} ~ci/pep786-url
[Unit]
Description=Leave this host out of the analytics that package indexes share (PEP 786, draft)
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command}
User=pep786
{folder}
Restart=on-failure
LimitCORE=0
LimitNOFILE=8192
NoNewPrivileges=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX

[Install]
WantedBy=multi-user.target"""


class ServiceError(Exception):
    """The service cannot start; the message is one line for the person."""


class Kept:
    """What stands in the service's folder, made where it is not there yet.

    only  the hosts that the authority is to be good for; empty for any
    """

    def __init__(self, folder: str, only: list[str]) -> None:
        """Raises ServiceError and OSError."""
        from .. import scope
        from .authority import Authority

        self.folder = folder
        if not os.path.isdir(folder):
            os.makedirs(folder, mode=0o755)
            os.chmod(folder, 0o755)  # noqa: S103  clients read what is for them
        elif hasattr(os, "geteuid"):
            _check_owner(folder)
        if os.path.exists(self.path(KEY)):
            self.authority = self._load()
        else:
            self.authority = Authority(
                only=only or None, never=[] if only else scope.NO_INDEX, days=_DAYS, name="pep786 service"
            )
            self._write(KEY, self.authority.key_pem(), 0o600)
            self._write(CERTIFICATE, self.authority.pem, 0o644)
        _check_names(self.authority, only, folder)
        if not os.path.exists(self.path(TOKEN)):
            self._write(TOKEN, os.urandom(24).hex().encode(), 0o600)
        token = self._secret(TOKEN).strip()
        if not _TOKEN.fullmatch(token):
            raise ServiceError(f"{self.path(TOKEN)} is no token: remove it, and there will be a new one")
        self.token = token.decode("ascii")

    def path(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.folder, name)

    def tell(self, address: str, port: int, roots: bytes) -> None:
        """Write what clients need: the proxy's address with the token, and whom to trust."""
        host = f"[{address}]" if ":" in address else address
        self._write(URL, f"http://pep786:{self.token}@{host}:{port}\n".encode(), 0o600)
        self._write(BUNDLE, roots + self.authority.pem, 0o644)

    def _load(self) -> Authority:
        from .authority import Authority

        key = self._secret(KEY)
        try:
            return Authority.load(self._read(CERTIFICATE)[0], key)
        except (OSError, TypeError, ValueError):
            raise ServiceError(f"{self.path(CERTIFICATE)} and {KEY} are not a certificate and its key") from None

    def _secret(self, name: str) -> bytes:
        data, state = self._read(name)
        if hasattr(os, "geteuid") and (state.st_mode & 0o077 or state.st_uid not in (0, os.geteuid())):
            raise ServiceError(f"{self.path(name)} is a secret, and others can read it: chmod 600, or remove it")
        return data

    def _read(self, name: str) -> tuple[bytes, os.stat_result]:
        """A file's bytes and its state. Nobody is waited for who may write into a FIFO, and no device is read."""
        path = self.path(name)
        with open(path, "rb", opener=lambda path, flags: os.open(path, flags | getattr(os, "O_NONBLOCK", 0))) as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise ServiceError(f"{path} is no file: remove it")
            return file.read(), state

    def _write(self, name: str, data: bytes, mode: int) -> None:
        """Under another name first: whoever sees the file sees all of it, and never with another mode."""
        part = self.path(f".{name}.{os.getpid()}")
        with suppress(FileNotFoundError):  # of one that was killed: a container's has the same number each time
            os.unlink(part)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with open(descriptor, "wb") as file:
                os.fchmod(descriptor, mode)
                file.write(data)
            os.replace(part, self.path(name))
        except BaseException:
            os.unlink(part)
            raise


def _check_owner(folder: str) -> None:
    state = os.stat(folder)
    if state.st_mode & 0o022:
        raise ServiceError(f"others can write to {folder}, and have clients trust whom they like: chmod go-w")
    if state.st_uid not in (0, os.geteuid()):
        raise ServiceError(f"{folder} is another user's, who can have clients trust whom they like: choose another")


def _check_names(authority: Authority, only: list[str], folder: str) -> None:
    import datetime as dt

    if authority.certificate.not_valid_after_utc < dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=7):
        raise ServiceError(f"the certificate in {folder} has expired, or is about to: remove {CERTIFICATE} and {KEY}")
    if authority.hosts() != (set(only) or None):
        raise ServiceError(f"the certificate in {folder} is for other hosts: choose another folder, or remove {KEY}")


def serve(kept: Kept, address: str, port: int, only: list[str], *, suffix: bool) -> None:
    """Serve until SIGTERM or SIGINT. Raises ServiceError and OSError before the first connection."""
    from .. import journal
    from . import launch, proxies, roots, upstream
    from .authority import Authority
    from .connection import Shop
    from .policy import Policy
    from .server import Server

    try:
        hops = proxies.Proxies(os.environ)
    except proxies.UnsupportedProxyError as fault:
        raise ServiceError(str(fault)) from None
    trust = roots.Trust(os.environ, system=bool(roots.system()))
    listener = _listen(address, port)
    kept.tell(address, listener.getsockname()[1], trust.bundle())
    shop = Shop(
        launch.authorization("pep786", kept.token),
        rules=Policy(only=only or None, suffix=suffix, choice=_choice()),
        roads=upstream.Roads(hops, trust),
        trust=trust,
        authority=kept.authority,
        stranger=Authority(name="unverified", days=_DAYS),
        idle=_IDLE_SECONDS,
        journal=journal.of(os.environ),
    )
    ended = _end()
    print(f"listening on {address}, port {listener.getsockname()[1]}")  # noqa: T201  the command prints
    print(f"clients: the address in {kept.path(URL)}, the certificates in {kept.path(BUNDLE)}", flush=True)  # noqa: T201
    with listener:
        Server(listener, shop).run(ended)


def _choice() -> Choice:
    """All are told, but the hosts that this account's or the machine's configuration allows; a variable beats that."""
    from .. import resolver
    from ..choice import Choice
    from ..decision import Decision, Setting
    from ..startup import gates

    asked = resolver.resolve(environ=os.environ)
    choice = Choice.of(asked if asked.opted_out else Decision([Setting("config", True, "pep786 proxy")]), os.environ)
    for warning in choice.warnings:
        gates.say(warning)
    return choice


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(1024)
    except OSError as fault:
        listener.close()
        raise ServiceError(f"cannot listen on {address}, port {port}: {fault.strerror}") from None
    except (TypeError, UnicodeError):  # a name that none can be
        listener.close()
        raise ServiceError(f"cannot listen on {address}: no such host") from None
    return listener


def _end() -> int:
    """A descriptor that is readable once this process was told to end.

    Python's own handlers would not do: where the signal comes right before a wait, they run after it.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return reading


def unit(folder: str, port: int, only: list[str]) -> str:
    """A systemd unit that runs this service."""
    words = [sys.executable, "-m", "pep786", "proxy", "--port", str(port), "--ca", folder]
    words += [word for host in only for word in ("--only", host)]
    command = " ".join(_quoted(word.replace("$", "$$")) for word in words)
    parent, name = os.path.split(os.path.normpath(folder))
    place = f"ReadWritePaths={_quoted(folder)}"
    if parent == "/var/lib":  # systemd makes it, and gives it to the user
        place = f"StateDirectory={_quoted(name)}\nStateDirectoryMode=0755"
    return UNIT.format(command=command, folder=place, url=shlex.quote(os.path.join(folder, URL)))


def _quoted(word: str) -> str:
    """A word as systemd.syntax(7) has it, a percent sign being the start of a specifier."""
    word = word.replace("%", "%%")
    if not set(word) & set(" \t;'\"\\"):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
