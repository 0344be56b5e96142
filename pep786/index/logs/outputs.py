"""What is written: whole or not at all, plain or compressed as the name's suffix says."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys

from .errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

# A compressor gets the shared lines in pieces of this size, wherever a line was left out between them: what it
# writes must be the same as if that line had never been there.
_PIECE = 1 << 20


_BINARY = getattr(os, "O_BINARY", 0)
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # neither a link nor a FIFO that waits


class Compressed(io.RawIOBase):
    """Bytes written here come out of a gzip or zstd compressor, the same for the same bytes. Ends with ``finish``."""

    def __init__(self, target: BinaryIO, suffix: str) -> None:
        self._target, self._suffix = target, suffix
        self._pending = bytearray()
        self._compressor: Any = None

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Take the data, and compress them as far as they fill a piece."""
        self._pending += data
        while len(self._pending) >= _PIECE:
            self._compress(bytes(self._pending[:_PIECE]))
            del self._pending[:_PIECE]
        return len(data)

    def finish(self) -> None:
        """End the gzip member or zstd frame. Another one begins with the next write: readers take them as one."""
        if self._pending:
            self._compress(bytes(self._pending))
            self._pending.clear()
        if self._compressor is not None:
            self._target.write(self._compressor.flush())
            self._compressor = None

    def _compress(self, piece: bytes) -> None:
        if self._compressor is None:
            self._compressor = _compressor(self._suffix)
        self._target.write(self._compressor.compress(piece))


def _compressor(suffix: str) -> Any:
    if suffix == ".gz":
        import zlib

        # With the header that says no more than "gzip": neither a time nor a name.
        return zlib.compressobj(6, zlib.DEFLATED, 31)
    from .inputs import zstd_compressor

    return zstd_compressor()


class Output:
    """One file, or standard output for ``-``, or nothing for None.

    The bytes go to a temporary file in the same folder, which takes the name of the output in ``commit``; until
    then the old file stays. What is no regular file (a pipe, a device) is written to as it is. private: a new
    file is readable by its owner only. part: the temporary file's path where it is to outlive a failure.
    compress: by the suffix of the name.
    """

    def __init__(
        self, name: str | None, *, private: bool = False, part: str | None = None, compress: bool = True
    ) -> None:
        # The link that stands for a pipe (/dev/stdout) leads to no path.
        self.path = None if name in {None, "-"} else name if is_stream(name) else os.path.realpath(str(name))
        self._private = private
        self._part = part
        self.temporary: str | None = None
        self.file: BinaryIO | None = None
        if name == "-":
            self.file = sys.stdout.buffer
        elif self.path is not None:
            try:
                self.file = self._opened(self.path)
            except OSError as fault:
                raise LogError(f"{name}: {fault.strerror or fault}") from None
        #: How many bytes were handed over, and whether they are compressed.
        self.written = 0
        self._compressed = self._compressor(name if compress else None)
        self.compressed = self._compressed is not None
        self._write = self._writer()

    def _compressor(self, name: str | None) -> Compressed | None:
        suffix = os.path.splitext(name or "")[1]
        if self.file is None or suffix not in {".gz", ".zst"}:
            return None
        try:
            _compressor(suffix)
        except LogError:
            self.abandon()
            raise
        return Compressed(self.file, suffix)

    def _writer(self) -> Any:
        if self._compressed is not None:
            return self._compressed.write
        return _nowhere if self.file is None else self.file.write

    def write(self, data: bytes | memoryview) -> None:
        """Write all of these bytes. Raises OSError."""
        self.written += len(data)
        self._write(data)

    def _opened(self, path: str) -> BinaryIO:
        if os.path.isdir(path):
            raise LogError(f"{path}: a folder, not a file")
        if is_stream(path):
            return open(path, "wb")
        if self._part is not None:
            self.temporary = self._part
            return _claimed(self._part, path)
        self.temporary = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.urandom(6).hex()}.tmp")
        return open(os.open(self.temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb")

    def resume(self, size: int) -> bool:
        """Go on behind the first size bytes of what was written before. False: there are not so many."""
        if self.file is None or self.temporary is None or self.path is None:
            return size == 0
        if os.path.getsize(self.temporary) < size:
            if not os.path.exists(self.path) or os.path.getsize(self.path) != size:
                return False
            import shutil

            shutil.copyfile(self.path, self.temporary)
        os.truncate(self.temporary, size)
        self.file.seek(size)
        return True

    def pass_on(self) -> None:
        """Who reads a stream need not wait for more of it: all is handed over. Of a file, nothing. Raises OSError."""
        if self.file is not None and self.temporary is None:
            self.file.flush()

    def settle(self) -> int:
        """Everything so far is on the disk, in whole lines and whole members. Returns the size."""
        if self.file is None:
            return 0
        if self._compressed is not None:
            self._compressed.finish()
        self.file.flush()
        if self.temporary is None:
            return 0
        os.fsync(self.file.fileno())
        return self.file.tell()

    def commit(self) -> None:
        """Let the output be what was written. Raises OSError, and then the old one stays."""
        self.settle()
        if self.temporary is None or self.path is None or self.file is None:
            return
        self.file.close()
        self._permit(self.temporary, self.path)
        os.replace(self.temporary, self.path)
        self.temporary = None
        _settle_folder(os.path.dirname(self.path))

    def abandon(self) -> None:
        """Close the file. If it was not committed, the old output stays, and nothing beside it but a part."""
        if self.file is None or self.path is None:
            return
        with contextlib.suppress(OSError):  # the disk that failed may fail again
            self.file.close()
        if self.temporary is not None and self._part is None:
            with contextlib.suppress(FileNotFoundError):  # with its folder
                os.unlink(self.temporary)
        self.temporary = None

    def _permit(self, temporary: str, path: str) -> None:
        """The mode, and if we may the owner, of the file that is replaced; for a new one what the umask leaves."""
        if not os.path.exists(path):
            umask = os.umask(0o077)
            os.umask(umask)
            os.chmod(temporary, (0o600 if self._private else 0o666) & ~umask)
            return
        old, new = os.stat(path), os.stat(temporary)
        # The group before the mode: what the old one may read, ours may not. The owner last: only he sets a mode.
        if old.st_gid != new.st_gid:
            with contextlib.suppress(OSError):
                os.chown(temporary, -1, old.st_gid)
        os.chmod(temporary, stat.S_IMODE(old.st_mode))
        if old.st_uid != new.st_uid:
            with contextlib.suppress(OSError):
                os.chown(temporary, old.st_uid, -1)


def is_stream(name: str | None) -> bool:
    """Whether what goes to this output is written as it comes: standard output, a pipe, a device."""
    if name is None or name == "-":
        return name == "-"
    try:
        mode = os.stat(name).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _claimed(part: str, path: str) -> BinaryIO:
    """The temporary file that outlives a run, for this run alone. Raises LogError while another one has it."""
    file = open(os.open(part, os.O_RDWR | os.O_CREAT | _BINARY | _PLAIN, 0o600), "wb")  # noqa: SIM115  closed by Output
    if not _is_own(file, path):
        file.close()
        raise LogError(f"{part}: not a file of yours; remove it")
    if os.name == "posix":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            claimed = os.path.samestat(os.fstat(file.fileno()), os.stat(part))
        except OSError:
            claimed = False  # locked, or renamed between the two
        if not claimed:
            file.close()
            raise LogError(f"{part}: another run is writing it")
    return file


def _is_own(file: BinaryIO, path: str) -> bool:
    """Whether nobody else put it there, where all may write (``/tmp``): it is ours, or its output's owner's already."""
    found = os.fstat(file.fileno())
    owners = {os.stat(path).st_uid} if os.path.exists(path) else set()
    return stat.S_ISREG(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid in {os.geteuid(), *owners})


def _nowhere(data: Any) -> int:
    return len(data)


def _settle_folder(folder: str) -> None:
    """The new name is on the disk as well, where a folder can be opened for that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
