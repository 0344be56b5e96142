"""The certificates that the proxy makes: what they are good for, as their readers see it."""

from __future__ import annotations

import datetime as dt
import os
import ssl
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pep786 import scope
from pep786.proxy import der
from pep786.proxy.authority import Authority

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("host", ["index.example", "127.0.0.1", "::1"])
def test_a_certificate_of_ours(host: str) -> None:
    """An address stands as one (facts, T18), the validity is short, and nobody can sign with it."""
    authority = Authority(never=scope.NO_INDEX)
    leaf = x509.load_pem_x509_certificate(authority.server(host))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (name,) = names
    assert str(name.value) == host
    assert isinstance(name, x509.DNSName if "example" in host else x509.IPAddress)
    assert not leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= dt.timedelta(hours=49)
    constraints = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)


def shaken(authority: Authority, host: str) -> None:
    """A handshake for a host with whoever trusts the authority."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = authority.context(host).wrap_bio(incoming, outgoing, server_side=True)
    client = ssl.create_default_context(cadata=authority.pem.decode()).wrap_bio(
        outgoing, incoming, server_hostname=host
    )
    for side in (client, server, client, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()


@pytest.mark.parametrize(
    ("authority", "good", "bad"),
    [
        (Authority(never=scope.NO_INDEX), ["index.example", "127.0.0.1"], ["github.com", "a.github.com"]),
        (
            Authority(only=["index.example"]),
            ["index.example", "a.index.example"],
            ["other.example", "127.0.0.1", "::1"],
        ),
        (Authority(only=["10.0.0.1"]), ["10.0.0.1"], ["10.0.0.2", "index.example"]),
    ],
)
def test_the_authority_is_good_for_no_other_host(authority: Authority, good: list[str], bad: list[str]) -> None:
    """RFC 5280 section 4.2.1.10; whoever has its key cannot do more than we do."""
    for host in good:
        shaken(authority, host)
    for host in bad:
        with pytest.raises(ssl.SSLCertVerificationError):
            shaken(authority, host)


def test_a_proxy_that_runs_for_days_shows_what_is_good_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate lasts two days, and so did what was made at first for each host; now is what OpenSSL says."""
    now = time.time()
    with monkeypatch.context() as before:
        before.setattr(time, "time", lambda: now - 60 * 24 * 3600)
        authority = Authority()
        authority.context("index.example")
    shaken(authority, "index.example")
    assert authority.context("index.example") is authority.context("index.example")


def test_an_authority_that_was_kept() -> None:
    made = Authority(only=["a.example"])
    loaded = Authority.load(made.pem, made.key_pem())
    shaken(loaded, "a.example")
    assert loaded.hosts() == {"a.example"}
    with pytest.raises(ValueError, match="another"):
        Authority.load(made.pem, Authority().key_pem())


def test_a_certificate_of_an_authority_that_others_made() -> None:
    """A service may be given the authority of a company, whose key is known by another number than ours."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a company")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=40000))
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    built = built.add_extension(x509.SubjectKeyIdentifier(b"other"), critical=False)
    # For certificates and revocations, and nothing else; Python 3.13 wants it said (RFC 5280 section 4.2.1.3).
    uses = x509.KeyUsage(*[False] * 5, *[True] * 2, *[False] * 2)
    built = built.add_extension(uses, critical=True)
    kept = b"a comment\r\n" + built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).replace(b"\n", b"\r\n")
    loaded = Authority.load(kept, der.private(key))
    shaken(loaded, "index.example")
    leaf = x509.load_pem_x509_certificate(loaded.server("index.example"))
    leaf.verify_directly_issued_by(loaded.certificate)


@pytest.mark.parametrize("year", [2049, 2050, 2071])
def test_a_certificate_of_another_time(year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 5280 section 4.1.2.5: from 2050 on dates are written otherwise, and clocks are wrong at times."""
    clock = dt.datetime(year, 12, 31, 23, 30, tzinfo=dt.timezone.utc)
    monkeypatch.setattr(time, "time", clock.timestamp)
    authority = Authority()
    leaf = x509.load_pem_x509_certificate(authority.server("index.example"))
    for one in (authority.certificate, leaf):
        assert clock - dt.timedelta(hours=1) == one.not_valid_before_utc
        assert one.not_valid_after_utc.year == year + 1


def test_what_rustls_takes() -> None:
    """A server's certificate, no authority's, and of version 3."""
    authority = Authority()

    def plain(pem: bytes) -> bytes:
        return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)

    good = plain(authority.server("x"))
    assert der.is_a_servers(good)
    assert not der.is_a_servers(plain(authority.pem))
    assert not der.is_a_servers(good.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x01"))
    cut = [good[:size] for size in range(len(good))]
    assert [one for one in cut if der.is_a_servers(one)] == []
    assert not der.is_a_servers(b"junk")


def test_no_key_is_ever_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not where there is memory to load it from; elsewhere for a moment, for this user's eyes."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    if not hasattr(os, "memfd_create"):
        pytest.skip("this system has no memfd")
    monkeypatch.setattr("tempfile.mkstemp", lambda *_: pytest.fail("a file was made"))
    shaken(Authority(), "index.example")
