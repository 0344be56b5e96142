"""``pep786 run -- uv`` and certificates that uv would not take, or takes only because it was told to."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pep786.proxy.authority import Authority
from tests.proxy.installing import assert_signed, install, succeeded
from tests.proxy.origins import SecureIndex, Wrapped, private_authority
from tests.proxy.uvs import NEWEST

pytestmark = pytest.mark.real


def test_an_unknown_authority_is_uvs_own_error(world: Wrapped, secure_index: SecureIndex) -> None:
    """Shown to uv as it is, neither accepted nor hidden (facts, T13)."""
    environ = {"UV_HTTP_RETRIES": "0"}
    alone = world.alone(*install(secure_index), **environ)
    done = world.wrapped(*install(secure_index), **environ)
    assert done.returncode == alone.returncode != 0
    for said in (alone.stderr, done.stderr):
        assert "invalid peer certificate: UnknownIssuer" in said
    assert secure_index.received == []


@pytest.mark.parametrize("way", ["option", "variable"])
def test_an_insecure_host_that_was_allowed(way: str, world: Wrapped, secure_index: SecureIndex) -> None:
    options = ["--allow-insecure-host", "127.0.0.1", "--allow-insecure-host", "localhost"] if way == "option" else []
    environ = {} if options else {"UV_INSECURE_HOST": "127.0.0.1 localhost"}
    succeeded(world.wrapped(*install(secure_index, *options), **environ))
    assert_signed(secure_index.received, 4)


def test_a_certificate_for_another_name_is_refused(world: Wrapped, private: tuple[Authority, str]) -> None:
    class Misnamed(SecureIndex):
        def _choose(self, connection: Any, name: str | None, context: Any) -> None:
            del connection, name, context

    with Misnamed(private[0]) as index:
        url = index.simple.replace("127.0.0.1", "localhost")
        arguments = ["pip", "install", "--no-cache", "--target", "t", "--default-index", url, "demo-extra"]
        done = world.wrapped(*arguments, SSL_CERT_FILE=private[1], UV_HTTP_RETRIES="0")
        assert done.returncode != 0
        assert "invalid peer certificate" in done.stderr
        assert index.received == []


@pytest.mark.parametrize("version", ["0.9.9", NEWEST])
def test_only_a_folder_of_certificates(
    version: str, private: tuple[Authority, str], secure_index: SecureIndex, tmp_path: Path
) -> None:
    """SSL_CERT_DIR is read since 0.9.10, and then alone decides (facts, T12)."""
    world = Wrapped(tmp_path / "world", version)
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "12345678.0").write_bytes(Path(private[1]).read_bytes())
    environ = {"SSL_CERT_DIR": str(folder), "UV_HTTP_RETRIES": "0"}
    alone, done = (run(*install(secure_index), **environ) for run in (world.alone, world.wrapped))
    assert (alone.returncode == 0) == (done.returncode == 0) == (version == NEWEST)
    if version != NEWEST:
        assert "UnknownIssuer" in done.stderr


def test_cert_of_uv_pip(
    world: Wrapped, private: tuple[Authority, str], secure_index: SecureIndex, tmp_path: Path
) -> None:
    """It takes the place of all other roots (facts, T11)."""
    other = private_authority(tmp_path)[1]
    for word in (["--cert", private[1]], [f"--cert={private[1]}"]):
        succeeded(world.wrapped(*install(secure_index, *word), SSL_CERT_FILE=other))
    assert_signed(secure_index.received, 8)
    secure_index.clear()
    done = world.wrapped(*install(secure_index, "--cert", other), SSL_CERT_FILE=private[1], UV_HTTP_RETRIES="0")
    assert done.returncode != 0
    assert secure_index.received == []


def client_certificate(folder: Path) -> tuple[Authority, str]:
    """An authority for clients, and a file with a certificate of its and the key."""
    authority = Authority(name="clients")
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .sign(authority._key, hashes.SHA256())
    )
    path = folder / "client.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(signed.public_bytes(Encoding.PEM) + secret)
    return authority, str(path)


def test_a_server_that_wants_to_know_its_clients(
    world: Wrapped, private: tuple[Authority, str], tmp_path: Path
) -> None:
    """The proxy shows SSL_CLIENT_CERT in uv's stead (facts, T34)."""
    clients, path = client_certificate(tmp_path)
    own = Authority.load(private[0].pem, private[0].key_pem())
    for host in ("127.0.0.1", "localhost"):
        context = own.context(host)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=clients.pem.decode())
    environ = {"SSL_CERT_FILE": private[1], "UV_HTTP_RETRIES": "0"}
    with SecureIndex(own) as index:
        assert world.wrapped(*install(index), **environ).returncode != 0
        assert index.received == []
        succeeded(world.wrapped(*install(index), SSL_CLIENT_CERT=path, **environ))
        assert_signed(index.received, 4)
