"""The certificates of a run, written by hand: X.509 as ``cryptography`` has it costs 50 ms to import.

Source: RFC 5280 sections 4.1 and 4.2.1, RFC 5480 and RFC 5915 (keys on P-256), RFC 5958 (private keys), X.690 (DER).
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
    from collections.abc import Iterable, Iterator

_SEQUENCE, _SET, _BOOLEAN, _BITS, _OCTETS, _OID, _UTF8 = 0x30, 0x31, 0x01, 0x03, 0x04, 0x06, 0x0C
_UTC, _GENERALIZED = 0x17, 0x18
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
_V3 = b"\xa0\x03\x02\x01\x02"
_TRUE = b"\x01\x01\xff"
_ECDSA_SHA256 = bytes.fromhex("2a8648ce3d040302")
_EC_KEY, _P256 = bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d030107")
_COMMON_NAME = bytes.fromhex("550403")
_SUBJECT_KEY, _KEY_USAGE, _ALTERNATIVE, _BASIC = (bytes((0x55, 0x1D, one)) for one in (14, 15, 17, 19))
_NAMES, _AUTHORITY_KEY, _EXTENDED_USAGE = (bytes((0x55, 0x1D, one)) for one in (30, 35, 37))
_SERVER = bytes.fromhex("2b06010505070301")
_EVERYWHERE = (bytes(8), bytes(32))


def authority(
    key: ec.EllipticCurvePrivateKey, name: str, days: int, permitted: Iterable[str] | None, excluded: Iterable[str]
) -> bytes:
    """A certificate in PEM, signed by its own key, for one that signs servers' and no other authority's.

    permitted and excluded are hosts, names with all below them and addresses; permitted None: any.
    """
    named = _tlv(_UTF8, f"{name} {os.urandom(4).hex()}".encode())
    subject = _tlv(_SEQUENCE, _tlv(_SET, _tlv(_SEQUENCE, _tlv(_OID, _COMMON_NAME), named)))
    now = time.time()
    validity = _moment(now - 3600), _moment(now + days * 24 * 3600)
    return _signed(key, subject, validity, subject, key, *_extensions(_point(key), permitted, excluded))


class Issuer:
    """An authority that signs servers' certificates: its own, in PEM as :func:`authority` makes it, and its key."""

    def __init__(self, pem: bytes, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        der = binascii.a2b_base64(pem.partition(_BEGIN)[2].partition(_END)[0])
        fields = [(inside, whole) for tag, inside, whole in _fields(der) if tag != 0xA0]
        self._name = fields[4][1]
        self._from, self._until = [_digits(tag, text) for tag, text, _ in _read(fields[3][0])]
        known = [_inside(value) for which, value in _extensions_of(der) if which == _SUBJECT_KEY]
        self._known = [_extension(_AUTHORITY_KEY, _tlv(_SEQUENCE, _tlv(0x80, one)), critical=False) for one in known]

    def server(self, host: str, key: ec.EllipticCurvePrivateKey) -> bytes:
        """A certificate in PEM for one host, a name or an address, with this key; good for two days at the most."""
        now = time.time()
        validity = max(_moment(now - 3600), self._from), min(_moment(now + 47 * 3600), self._until)
        extensions = [
            _extension(_ALTERNATIVE, _tlv(_SEQUENCE, _name(host, mask=False)), critical=True),
            _extension(_BASIC, _tlv(_SEQUENCE), critical=True),
            _extension(_EXTENDED_USAGE, _tlv(_SEQUENCE, _tlv(_OID, _SERVER)), critical=False),
            *self._known,
        ]
        return _signed(self._key, self._name, validity, _tlv(_SEQUENCE), key, *extensions)


def private(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A private key in PEM."""
    number = key.private_numbers().private_value.to_bytes(32, "big")
    inner = _tlv(_SEQUENCE, b"\x02\x01\x01", _tlv(_OCTETS, number))
    return _pem("PRIVATE KEY", _tlv(_SEQUENCE, b"\x02\x01\0", _ON_P256, _tlv(_OCTETS, inner)))


def is_a_servers(der: bytes) -> bool:
    """Whether a certificate is of version 3, and no authority's. False too where that cannot be told."""
    try:
        first = next(_fields(der))[2]
        basic = [_inside(value) for which, value in _extensions_of(der) if which == _BASIC]
        ca = [inside != b"\0" for one in basic for tag, inside, _ in _read(one) if tag == _BOOLEAN]
    except (IndexError, StopIteration, ValueError):
        return False
    return first == _V3 and len(basic) < 2 and not any(ca)


def _signed(
    key: ec.EllipticCurvePrivateKey,
    issuer: bytes,
    validity: tuple[str, str],
    subject: bytes,
    holder: ec.EllipticCurvePrivateKey,
    *extensions: bytes,
) -> bytes:
    algorithm = _tlv(_SEQUENCE, _tlv(_OID, _ECDSA_SHA256))
    serial = _tlv(0x02, b"\x01" + os.urandom(15))
    public = _tlv(_SEQUENCE, _ON_P256, _tlv(_BITS, b"\0", _point(holder)))
    more = _tlv(0xA3, _tlv(_SEQUENCE, *extensions))
    period = _tlv(_SEQUENCE, *map(_time, validity))
    body = _tlv(_SEQUENCE, _V3, serial, algorithm, issuer, period, subject, public, more)
    signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
    return _pem("CERTIFICATE", _tlv(_SEQUENCE, body, algorithm, _tlv(_BITS, b"\0", signature)))


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


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


def _name(host: str, *, mask: bool = True) -> bytes:
    """A GeneralName: a name, or an address, with its mask where it stands in a constraint."""
    try:
        address = ip_address(host).packed
    except ValueError:
        return _tlv(0x82, host.encode("ascii"))
    return _tlv(0x87, address, b"\xff" * len(address) if mask else b"")


def _moment(seconds: float) -> str:
    """The digits of a moment, which sort as the moments do."""
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds))


def _time(moment: str) -> bytes:
    """RFC 5280 section 4.1.2.5: two digits of the year until 2049."""
    if "1950" <= moment < "2050":
        return _tlv(_UTC, moment[2:].encode("ascii"))
    return _tlv(_GENERALIZED, moment.encode("ascii"))


def _digits(tag: int, text: bytes) -> str:
    """The other way round."""
    digits = text.decode("ascii")
    return digits if tag == _GENERALIZED else f"{'19' if digits >= '50' else '20'}{digits}"


def _tlv(tag: int, *parts: bytes) -> bytes:
    """One element: its tag, its length and what is in it."""
    inside = b"".join(parts)
    size = len(inside)
    if size < 128:
        return bytes((tag, size)) + inside
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + inside


def _read(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The elements in these bytes, one after the other: tag, what is in it, and the whole. Raises ValueError."""
    at = 0
    while at < len(data):
        if len(data) < at + 2:
            raise ValueError("cut off")
        tag, size, start = data[at], data[at + 1], at + 2
        if size >= 0x80:
            digits = data[start : start + size - 0x80]
            size, start = int.from_bytes(digits, "big"), start + len(digits)
        if start + size > len(data):
            raise ValueError("cut off")
        yield tag, data[start : start + size], data[at : start + size]
        at = start + size


def _inside(data: bytes) -> bytes:
    """What is in the first element. Raises ValueError."""
    for _, inside, _ in _read(data):
        return inside
    raise ValueError("nothing")


def _fields(der: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """The fields of a certificate, the first of which is its version (in version 1 there is none)."""
    return _read(_inside(_inside(der)))


def _extensions_of(der: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The extensions of a certificate, which and what. Raises ValueError and IndexError."""
    for tag, inside, _ in _fields(der):
        for _, one, _ in _read(_inside(inside)) if tag == 0xA3 else ():
            parts = [part for _, part, _ in _read(one)]
            yield parts[0], parts[-1]


def _pem(what: str, der: bytes) -> bytes:
    text = binascii.b2a_base64(der, newline=False).decode("ascii")
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {what}-----", *lines, f"-----END {what}-----", ""]).encode("ascii")


_ON_P256 = _tlv(_SEQUENCE, _tlv(_OID, _EC_KEY), _tlv(_OID, _P256))
