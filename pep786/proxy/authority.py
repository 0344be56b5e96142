"""A certificate authority for one run: its key is never on disk, and it vouches for no host that is no index.

Source: RFC 5280 sections 4.2.1.6 (names of a certificate) and 4.2.1.10 (name constraints). The only module that
needs ``cryptography``.
"""

from __future__ import annotations

import datetime as dt
import os
import ssl
import tempfile
import threading
import warnings
from ipaddress import ip_address, ip_network

with warnings.catch_warnings():  # that it will leave this Python is not for those who run uv
    warnings.simplefilter("ignore")
    import cryptography  # noqa: F401

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_MAX_CONTEXTS = 1024
_HOURS = dt.timedelta(hours=1)


class Authority:
    """Makes the certificates that the proxy shows.

    only      the one set of hosts to vouch for (names with all below them, addresses); None for any
    never     hosts not to vouch for, with all below them
    hours     how long it is good for
    """

    def __init__(
        self,
        *,
        only: Iterable[str] | None = None,
        never: Iterable[str] = (),
        hours: int = 48,
        name: str = "pep786 proxy",
    ) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        permitted = None if only is None else _subtrees(only)
        excluded = _subtrees(never)
        if permitted is not None and not any(isinstance(one, x509.IPAddress) for one in permitted):
            excluded += [x509.IPAddress(ip_network(network)) for network in _EVERYWHERE]
        self.certificate = _authority(self._key, name, hours, permitted, excluded)
        self._prepare()

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> Authority:
        """One that was kept, from its two PEM texts. Raises ValueError where they are none, or not a pair."""
        loaded = cls.__new__(cls)
        private = load_pem_private_key(key, None)
        loaded.certificate = x509.load_pem_x509_certificate(certificate)
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise TypeError("the key is of another kind")
        if private.public_key() != loaded.certificate.public_key():
            raise ValueError("the key belongs to another certificate")
        loaded._key = private  # noqa: SLF001  the other way to make one
        loaded._prepare()  # noqa: SLF001
        return loaded

    def _prepare(self) -> None:
        self.pem = self.certificate.public_bytes(Encoding.PEM)
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    def hosts(self) -> set[str] | None:
        """The hosts that it is good for; None for any."""
        try:
            names = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            return None
        if names.permitted_subtrees is None:
            return None
        return {str(one.value).partition("/")[0] for one in names.permitted_subtrees}

    def key_pem(self) -> bytes:
        """The private key, for a service that keeps it."""
        return _pem(self._key)

    def context(self, host: str) -> ssl.SSLContext:
        """What to show a client that asks for this host, a name or an address; made once."""
        with self._lock:
            found = self._contexts.get(host)
            if found is None:
                if len(self._contexts) >= _MAX_CONTEXTS:
                    self._contexts.clear()
                found = self._contexts[host] = self._context(host)
            return found

    def _context(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        leaf = self.leaf(host).public_bytes(Encoding.PEM)
        _load(context, leaf + _pem(self._leaf_key))
        return context

    def leaf(self, host: str) -> x509.Certificate:
        """A certificate for one host."""
        now = dt.datetime.now(dt.timezone.utc)
        ends = self.certificate.not_valid_after_utc
        issuer = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        usage = {"digital_signature": True, "key_cert_sign": False, "crl_sign": False}
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.certificate.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(max(now - _HOURS, self.certificate.not_valid_before_utc))
            .not_valid_after(min(now + 47 * _HOURS, ends))
            .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(**usage), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def _authority(
    key: ec.EllipticCurvePrivateKey,
    name: str,
    hours: int,
    permitted: list[x509.GeneralName] | None,
    excluded: list[x509.GeneralName],
) -> x509.Certificate:
    now = dt.datetime.now(dt.timezone.utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} {os.urandom(4).hex()}")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _HOURS)
        .not_valid_after(now + hours * _HOURS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(digital_signature=False, key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if permitted or excluded:
        constraints = x509.NameConstraints(permitted or None, excluded or None)
        builder = builder.add_extension(constraints, critical=True)
    return builder.sign(key, hashes.SHA256())


def _usage(*, digital_signature: bool, key_cert_sign: bool, crl_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))  # no dNSName would be accepted for it
    except ValueError:
        return x509.DNSName(host)


def _subtrees(hosts: Iterable[str]) -> list[x509.GeneralName]:
    named = [_general_name(host) for host in hosts]
    return [x509.IPAddress(ip_network(one.value)) if isinstance(one, x509.IPAddress) else one for one in named]


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


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
    descriptor, path = tempfile.mkstemp()
    try:
        with open(descriptor, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
