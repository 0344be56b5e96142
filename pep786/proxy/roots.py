"""Whom a program would have trusted without us: to check its servers as it would, and to hand on to its children.

Source: uv's documentation of TLS certificates, and facts/uv.md (T11 to T13). ``--cert`` takes the place of all
else; then SSL_CERT_FILE and SSL_CERT_DIR together; then the system's store if it was asked for; then Mozilla's
list, which ``certifi`` carries.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Mapping

#: The first uv that reads SSL_CERT_DIR; the others go by SSL_CERT_FILE alone.
_READS_FOLDERS = (0, 9, 10)

#: Where systems keep their certificates in one file: Debian, Fedora, SUSE, Alpine and the BSDs.
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
)
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"


class Trust:
    """What a program trusts, as told by its environment and its command line.

    cert      the file of ``--cert``, None without.
    file      SSL_CERT_FILE, if there is such a file.
    folders   those of SSL_CERT_DIR that there are.
    system    whether the system's store was asked for.
    client    SSL_CLIENT_CERT, the certificate to show to a server that asks.
    """

    __slots__ = ("_contexts", "_lock", "cert", "client", "file", "folders", "system")

    def __init__(
        self, environ: Mapping[str, str], *, cert: str | None = None, system: bool = False, cwd: str = ""
    ) -> None:
        """cwd: where the program will work, if not here."""
        here = os.path.abspath(cwd)
        file, folders = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR", "")
        self.cert = os.path.join(here, cert) if cert else None
        self.file = os.path.join(here, file) if file and os.path.exists(os.path.join(here, file)) else None
        paths = [os.path.join(here, one) for one in folders.split(os.pathsep) if one]
        self.folders = [path for path in paths if os.path.isdir(path)]
        self.system = system
        client = environ.get("SSL_CLIENT_CERT")
        self.client = os.path.join(here, client) if client else None
        self._contexts: dict[bool, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def bundle(self, *, children: bool = False) -> bytes:
        """The roots in PEM.

        children: for programs that the program starts, which without SSL_CERT_FILE would trust the system's.
        """
        if self.cert:
            return _certificates(self.cert)
        if self.file:
            return _certificates(self.file)
        if self.folders:
            return b"".join({pem: None for one in self.folders for pem in _folder(one)})
        own = system() if self.system else mozilla()
        return own + system() if children and not self.system else own

    def context(self, version: tuple[int, ...] | None = None) -> ssl.SSLContext:
        """Checks a server as the program would; version is uv's, None for another program. Made once."""
        folders = not self.cert and bool(self.folders) and (version is None or version >= _READS_FOLDERS)
        with self._lock:
            found = self._contexts.get(folders)
            if found is None:
                found = self._contexts[folders] = self._checking(folders=folders)
            return found

    def _checking(self, *, folders: bool) -> ssl.SSLContext:
        import ssl

        context = _client(self.client)
        # Any certificate on the list is an anchor, and the name stands in subjectAltName: as rustls has it.
        context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST | ssl.VerifyFlags(_PARTIAL_CHAIN)
        pem = self.bundle() if self.cert or self.file or folders else system() if self.system else mozilla()
        if folders:
            pem += b"".join({one: None for folder in self.folders for one in _folder(folder)})
        try:
            context.load_verify_locations(cadata=pem.decode("ascii"))
        except (ValueError, ssl.SSLError):  # none at all, or one of them is broken: the others count
            for one in _split(pem):
                with suppress(ssl.SSLError):
                    context.load_verify_locations(cadata=one.decode("ascii"))
        return context


_PARTIAL_CHAIN = 0x80000  # VERIFY_X509_PARTIAL_CHAIN, which Python names since 3.10
_IGNORE_UNEXPECTED_EOF = 0x80  # OP_IGNORE_UNEXPECTED_EOF, likewise: an answer that was cut off must not look whole


def unchecked() -> ssl.SSLContext:
    """Checks nothing: for a connection that the client is shown to be unverified, and whose server is shown nobody."""
    import ssl

    context = _client(None)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _client(client: str | None) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    if ssl.OPENSSL_VERSION_INFO >= (3,):
        context.options &= ~_IGNORE_UNEXPECTED_EOF
    if client:
        with suppress(OSError):  # uv warns of it, and goes on without
            context.load_cert_chain(client)
    return context


def mozilla() -> bytes:
    """The list that uv has built in, as ``certifi`` carries it."""
    from importlib.util import find_spec

    spec = find_spec("certifi")  # the package imports much to say where its file is
    found = _certificates(os.path.join(os.path.dirname(spec.origin), "cacert.pem")) if spec and spec.origin else b""
    if not found:
        import certifi

        found = _certificates(certifi.where())
    return found


def system() -> bytes:
    """The system's store; b"" where none is found."""
    if sys.platform == "win32":
        import ssl

        found = [ssl.DER_cert_to_PEM_cert(data) for data, _, _ in ssl.enum_certificates("ROOT")]
        return "".join(found).encode("ascii")
    if sys.platform == "darwin":
        return _keychains()
    for path in _SYSTEM_FILES:
        pem = _certificates(path)
        if pem:
            return pem
    return b""


def _keychains() -> bytes:
    import subprocess

    roots = "/System/Library/Keychains/SystemRootCertificates.keychain"
    command = ["/usr/bin/security", "find-certificate", "-a", "-p", roots, "/Library/Keychains/System.keychain"]
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    return done.stdout


def _folder(path: str) -> list[bytes]:
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return []
    return [one for name in names for one in _each(os.path.join(path, name))]


def _certificates(path: str) -> bytes:
    """The certificates of a PEM file and nothing else in it, which may be keys or comments; b"" if there are none."""
    return b"".join(_each(path))


def _each(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return []
    return _split(data)


def _split(data: bytes) -> list[bytes]:
    found = []
    for part in data.split(_BEGIN)[1:]:
        body, end, _ = part.partition(_END)
        if end and body.isascii():
            found.append(_BEGIN + body + _END + b"\n")
    return found
