"""Logs as they lie about: plain, gzip or zstd, told apart by their first bytes; files and standard input."""

from __future__ import annotations

import importlib
import io
import os
import sys
import zlib

from .errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

_PIECE = 1 << 9
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Behind one byte from 0x50 on (RFC 8878, section 3.1.2): zstd's readers go past such a frame, and pzstd begins with it.
_SKIPPABLE = b"\x2a\x4d\x18"


class Source:
    """One log, to be read into a buffer. name: a path, or ``-`` for standard input. Raises LogError.

    ``cut`` becomes true when compressed data end in their middle, as a file does that is still written.
    """

    def __init__(self, name: str) -> None:
        self.name = "standard input" if name == "-" else name
        self.path = None if name == "-" else name
        self.cut = False
        try:
            self.raw: io.BufferedReader
            self.raw = sys.stdin.buffer if name == "-" else open(name, "rb")  # type: ignore[assignment]  # noqa: SIM115
            self._stream = self._decoded()
        except OSError as fault:
            raise LogError(f"{name}: {fault.strerror or fault}") from None

    def __enter__(self) -> Source:  # noqa: PYI034  Python 3.8 has no Self
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        if self.path is not None:
            self.raw.close()

    def readinto(self, view: memoryview) -> int:
        """Fill some of this view; 0 at the end. Raises LogError for data that are not what they begin as."""
        try:
            # What is there, rather than all that fits: a pipe's lines go on as they come.
            return self._stream.readinto1(view)
        except EOFError:
            self.cut = True
            return 0
        except Exception as fault:
            if isinstance(fault, (OSError, zlib.error, *_zstd_errors())):
                raise LogError(f"{self.name}: {fault}") from None
            raise

    def skip(self, size: int) -> bool:
        """Go past so many bytes of the log itself. False: it has not so many."""
        if self._stream is self.raw and self.path is not None:
            self.raw.seek(size)
            return os.fstat(self.raw.fileno()).st_size >= size
        view = memoryview(bytearray(1 << 16))
        while size:
            count = self.readinto(view[: min(size, len(view))])
            if not count:
                return False
            size -= count
        return True

    def beginning(self, size: int) -> bytes:
        """The first bytes of the log itself, whatever has been read of it. Of a file only."""
        if not self.raw.seekable():
            raise LogError(f"{self.name}: a pipe, of which nobody can tell how far it was read", usage=True)
        if self._stream is self.raw and hasattr(os, "pread"):
            return os.pread(self.raw.fileno(), size, 0)  # of this very file, whatever its name belongs to by now
        view, count = memoryview(bytearray(size)), 0
        with Source(str(self.path)) as again:
            while count < size:
                read = again.readinto(view[count:])
                if not read:
                    break
                count += read
        return bytes(view[:count])

    def read(self) -> int:
        """How many bytes of the file have been read: of what lies on the disk, for a progress bar."""
        try:
            return self.raw.tell()
        except OSError:  # a pipe
            return 0

    def _decoded(self) -> io.BufferedIOBase | _Pipe:
        if self.raw.seekable():
            return _decoder(self.raw, self.raw.peek(4)[:4]) or self.raw
        pipe = _Pipe(self.raw.raw)
        return _decoder(io.BufferedReader(pipe), pipe.start) or pipe


def _decoder(raw: io.BufferedReader, start: bytes) -> io.BufferedIOBase | None:
    """What reads it, if it is compressed, which its first four bytes tell."""
    if start.startswith(_GZIP):
        import gzip

        return gzip.GzipFile(fileobj=raw, mode="rb")
    if start == _ZSTD or (start[1:] == _SKIPPABLE and start[0] >> 4 == 5):
        return io.BufferedReader(_Zstd(raw))
    return None


class _Pipe(io.RawIOBase):
    """A pipe whose first bytes have been looked at. It gives what is there, and never waits to give more."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.start = b""
        while len(self.start) < 4:  # who writes it may begin with one byte
            more = raw.read(4 - len(self.start))
            if not more:
                break
            self.start += more
        self._left = self.start

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, view: Any) -> int:
        """Some bytes; 0 at the end."""
        if not self._left:
            return self._raw.readinto(view)  # type: ignore[no-any-return]
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    #: By this name it is asked where it is not buffered.
    readinto1 = readinto


class _Zstd(io.RawIOBase):
    """The contents of zstd frames, one after the other. EOFError where the last one is cut."""

    def __init__(self, raw: io.BufferedIOBase) -> None:
        self._raw = raw
        self._frame: Any = None
        self._compressed = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, view: Any) -> int:
        """Some bytes of the contents; 0 at the end."""
        filled = 0
        while filled < len(view):
            if not self._ready:
                # What has been read is handed over before there is a wait for more.
                if not self._compressed and (filled or not self._more()):
                    break
                self._decompress()
                continue
            part = self._ready[: len(view) - filled]
            view[filled : filled + len(part)] = part
            self._ready = self._ready[len(part) :]
            filled += len(part)
        return filled

    def _more(self) -> bool:
        """Read on; whether there was more."""
        self._compressed = self._raw.read1(1 << 13)
        if not self._compressed and self._frame is not None:
            raise EOFError("a zstd frame is cut")
        return bool(self._compressed)

    def _decompress(self) -> None:
        # Little at a time: what is there in three bytes may be 128 kB of one character.
        piece, rest = self._compressed[:_PIECE], self._compressed[_PIECE:]
        if self._frame is None:
            self._frame = zstd_decompressor()
        self._ready = memoryview(self._frame.decompress(piece))
        self._compressed = self._frame.unused_data + rest
        if self._frame.eof:
            self._frame = None


def zstd_decompressor() -> Any:
    """One for a single frame: Python's own from 3.14 on, or zstandard's. Raises LogError without either."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdDecompressor()
    return _zstandard().ZstdDecompressor().decompressobj()


def zstd_compressor() -> Any:
    """Likewise."""
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.ZstdCompressor()
    return _zstandard().ZstdCompressor().compressobj()


def _zstandard() -> Any:
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise LogError("zstd needs zstandard: pip install 'pep786-shim[logs]'", usage=True) from None
    return zstandard


def _zstd_errors() -> tuple[type[Exception], ...]:
    """What zstd may raise, of those libraries that were loaded."""
    loaded = [sys.modules[name] for name in ("zstandard", "compression.zstd") if name in sys.modules]
    return tuple(module.ZstdError for module in loaded)
