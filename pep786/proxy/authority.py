"""A certificate authority for one run: its key is never on disk, and it vouches for no host that is no index.

Source: RFC 5280 sections 4.2.1.6 (names of a certificate) and 4.2.1.10 (name constraints). This module and
:mod:`.der` need ``cryptography``; what takes long to import of it, only a service that keeps its authority needs.
"""

from __future__ import annotations

import os
import threading
import time
import warnings

with warnings.catch_warnings():  # that it will leave this Python is not for those who run uv
    warnings.simplefilter("ignore")
    import cryptography  # noqa: F401

from cryptography.hazmat.primitives.asymmetric import ec

from . import der

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from cryptography import x509

_MAX_CONTEXTS = 1024
_CONTEXT_SECONDS = 24 * 3600  # by the clock, which a certificate goes by: half of what one is good for
#: Longer than a program is run, which may start an index's client at any time; the key is gone when it ends.
_DAYS = 90


class Authority:
    """Makes the certificates that the proxy shows.

    only      the one set of hosts to vouch for (names with all below them, addresses); None for any
    never     hosts not to vouch for, with all below them
    days      how long it is good for
    """

    def __init__(
        self,
        *,
        only: Iterable[str] | None = None,
        never: Iterable[str] = (),
        days: int = _DAYS,
        name: str = "pep786 proxy",
    ) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.pem = der.authority(self._key, name, days, only, never)
        self._prepare()

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> Authority:
        """One that was kept, from its two PEM texts. Raises ValueError where they are none, or not a pair."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        loaded = cls.__new__(cls)
        private = load_pem_private_key(key, None)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("the key is of another kind")
        loaded.pem = certificate
        loaded._key = private  # noqa: SLF001  the other way to make one
        if private.public_key() != loaded.certificate.public_key():
            raise ValueError("the key belongs to another certificate")
        loaded._prepare()  # noqa: SLF001
        return loaded

    @property
    def certificate(self) -> x509.Certificate:
        """What :attr:`pem` holds."""
        from cryptography import x509

        return x509.load_pem_x509_certificate(self.pem)

    def _prepare(self) -> None:
        self._issuer = der.Issuer(self.pem, self._key)
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, tuple[float, ssl.SSLContext]] = {}
        self._lock = threading.Lock()

    def hosts(self) -> set[str] | None:
        """The hosts that it is good for; None for any."""
        from cryptography import x509

        try:
            names = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return None
        if names.permitted_subtrees is None:
            return None
        return {str(one.value).partition("/")[0] for one in names.permitted_subtrees}

    def key_pem(self) -> bytes:
        """The private key, for a service that keeps it."""
        return der.private(self._key)

    def context(self, host: str) -> ssl.SSLContext:
        """What to show a client that asks for this host, a name or an address; made once a day."""
        with self._lock:
            now = time.time()
            made, found = self._contexts.get(host, (now, None))
            if found is None or not 0 <= now - made < _CONTEXT_SECONDS:
                if len(self._contexts) >= _MAX_CONTEXTS:
                    self._contexts.clear()
                found = self._context(host)
                self._contexts[host] = now, found
            return found

    def _context(self, host: str) -> ssl.SSLContext:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.num_tickets = 0  # making them costs half a handshake, and a run has few connections to resume
        context.set_alpn_protocols(["http/1.1"])
        _load(context, self.server(host))
        return context

    def server(self, host: str) -> bytes:
        """A certificate for one host, and its key, in PEM."""
        return self._issuer.server(host, self._leaf_key) + der.private(self._leaf_key)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """Load a certificate and its key, which :mod:`ssl` takes from a file only: from memory where there is a way."""
    if hasattr(os, "memfd_create"):
        try:
            descriptor = os.memfd_create("pep786", os.MFD_CLOEXEC)
        except OSError:  # an old kernel, or one that does not let us
            pass
        else:
            with open(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                context.load_cert_chain(f"/proc/self/fd/{descriptor}")
            return
    import tempfile

    descriptor, path = tempfile.mkstemp()
    try:
        with open(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
