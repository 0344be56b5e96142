"""A certificate authority's certificate, written by hand: X.509 as ``cryptography`` has it costs 50 ms to import.

Source: RFC 5280 sections 4.1 and 4.2.1, RFC 5480 (keys on P-256), X.690 (DER). Before uv starts nothing else is needed;
everything that is made while it runs is made by ``cryptography.x509``.
"""

from __future__ import annotations

import binascii
import hashlib
import os
import time
from ipaddress import ip_address

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SEQUENCE, _SET, _BITS, _OCTETS, _OID, _UTF8, _TIME = 0x30, 0x31, 0x03, 0x04, 0x06, 0x0C, 0x17
_TRUE = b"\x01\x01\xff"
_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
_EC_KEY, _P256 = bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d030107")
_COMMON_NAME = bytes.fromhex("550403")
_SUBJECT_KEY, _KEY_USAGE, _BASIC, _NAMES = (bytes((0x55, 0x1D, one)) for one in (14, 15, 19, 30))
_EVERYWHERE = (bytes(8), bytes(32))


def certificate(
    key: ec.EllipticCurvePrivateKey, name: str, hours: int, permitted: Iterable[str] | None, excluded: Iterable[str]
) -> bytes:
    """A certificate in PEM, signed by its own key, for one that signs servers' and no other authority's.

    permitted and excluded are hosts, names with all below them and addresses; permitted None: any.
    """
    algorithm = _tlv(_SEQUENCE, _tlv(_OID, _ECDSA_SHA256))
    named = _tlv(_UTF8, f"{name} {os.urandom(4).hex()}".encode())
    subject = _tlv(_SEQUENCE, _tlv(_SET, _tlv(_SEQUENCE, _tlv(_OID, _COMMON_NAME), named)))
    now = time.time()
    validity = _tlv(_SEQUENCE, *(_tlv(_TIME, _moment(at)) for at in (now - 3600, now + hours * 3600)))
    numbers = key.public_key().public_numbers()
    point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
    public = _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_OID, _EC_KEY), _tlv(_OID, _P256)), _tlv(_BITS, b"\0", point))
    extensions = _tlv(0xA3, _tlv(_SEQUENCE, *_extensions(point, permitted, excluded)))
    serial = _tlv(0x02, b"\x01" + os.urandom(15))
    body = _tlv(_SEQUENCE, b"\xa0\x03\x02\x01\x02", serial, algorithm, subject, validity, subject, public, extensions)
    signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
    return _pem(_tlv(_SEQUENCE, body, algorithm, _tlv(_BITS, b"\0", signature)))


def _extensions(point: bytes, permitted: Iterable[str] | None, excluded: Iterable[str]) -> list[bytes]:
    found = [
        _extension(_BASIC, _tlv(_SEQUENCE, _TRUE, b"\x02\x01\0"), critical=True),
        _extension(_KEY_USAGE, _tlv(_BITS, b"\x01\x06"), critical=True),  # certificates and lists of revoked ones
        _extension(_SUBJECT_KEY, _tlv(_OCTETS, hashlib.sha256(point).digest()[:20]), critical=False),
    ]
    good, bad = [_name(one) for one in permitted or ()], [_name(one) for one in excluded]
    if permitted is not None and not any(one[0] == 0x87 for one in good):
        bad += [_tlv(0x87, everywhere) for everywhere in _EVERYWHERE]  # names alone would leave addresses open
    if permitted is not None and not any(one[0] == 0x82 for one in good):
        bad.append(_tlv(0x82))  # and addresses alone all names
    trees = [_tlv(tag, *(_tlv(_SEQUENCE, one) for one in names)) for tag, names in ((0xA0, good), (0xA1, bad)) if names]
    if trees:
        found.append(_extension(_NAMES, _tlv(_SEQUENCE, *trees), critical=True))
    return found


def _extension(which: bytes, value: bytes, *, critical: bool) -> bytes:
    return _tlv(_SEQUENCE, _tlv(_OID, which), _TRUE if critical else b"", _tlv(_OCTETS, value))


def _name(host: str) -> bytes:
    """A GeneralName: an address with its mask, or a name."""
    try:
        address = ip_address(host).packed
    except ValueError:
        return _tlv(0x82, host.encode("ascii"))
    return _tlv(0x87, address, b"\xff" * len(address))


def _moment(seconds: float) -> bytes:
    return time.strftime("%y%m%d%H%M%SZ", time.gmtime(seconds)).encode("ascii")


def _tlv(tag: int, *parts: bytes) -> bytes:
    """One element: its tag, its length and what is in it."""
    inside = b"".join(parts)
    size = len(inside)
    if size < 128:
        return bytes((tag, size)) + inside
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + inside


def _pem(der: bytes) -> bytes:
    text = binascii.b2a_base64(der, newline=False)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return b"\n".join([b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""])
