"""Small distributions, built in memory, that take an installer down every road to an index.

The same call gives the same bytes within one Python: every timestamp is fixed, nothing is compressed
further than its format demands.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REQUIRES_PYTHON = ">=3.6"

#: What somebody who asks for one of them has to fetch as well: beginnings of file names.
NEEDS = {
    "demo-wheel": ("demo_wheel", "demo_dependency"),
    "demo-sdist": ("demo_sdist", "demo_backend", "demo_extra"),
    "demo-nested": ("demo_nested", "demo_sdist", "demo_backend", "demo_extra"),
}

# The PEP 517 backend inside the wheel demo-backend. It runs under whatever Python the tool builds with,
# hence the plain Python 3.6; it imports demo_extra to fail where the dynamic requirement was not installed.
BACKEND = '''\
"""A PEP 517 build backend made of the standard library, for pure Python modules beside PKG-INFO."""
import base64
import hashlib
import os
import tarfile
import zipfile

WHEEL = "Wheel-Version: 1.0\\nGenerator: demo-backend\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def _metadata():
    with open("PKG-INFO", encoding="utf-8") as file:
        text = file.read()
    fields = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
    return text, "%s-%s" % (fields["Name"].replace("-", "_"), fields["Version"])


def get_requires_for_build_wheel(config_settings=None):
    return ["demo-extra"]


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    text, stem = _metadata()
    dist_info = stem + ".dist-info"
    os.makedirs(os.path.join(metadata_directory, dist_info))
    for name, content in (("METADATA", text), ("WHEEL", WHEEL)):
        with open(os.path.join(metadata_directory, dist_info, name), "w", encoding="utf-8") as file:
            file.write(content)
    return dist_info


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    import demo_extra
    text, stem = _metadata()
    members = []
    for name in sorted(os.listdir(".")):
        if name.endswith(".py"):
            with open(name, "rb") as file:
                members.append((name, file.read()))
    members.append((stem + ".dist-info/METADATA", text.encode("utf-8")))
    members.append((stem + ".dist-info/WHEEL", WHEEL.encode("utf-8")))
    record = ""
    for name, data in members:
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode("ascii").rstrip("=")
        record += "%s,sha256=%s,%d\\n" % (name, digest, len(data))
    record += stem + ".dist-info/RECORD,,\\n"
    members.append((stem + ".dist-info/RECORD", record.encode("utf-8")))
    filename = stem + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, filename), "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return filename


def build_sdist(sdist_directory, config_settings=None):
    stem = _metadata()[1]
    filename = stem + ".tar.gz"
    with tarfile.open(os.path.join(sdist_directory, filename), "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(os.listdir(".")):
            if name in ("PKG-INFO", "pyproject.toml") or name.endswith(".py"):
                archive.add(name, stem + "/" + name)
    return filename
'''


@dataclass(frozen=True)
class Distribution:
    """One file that an index offers.

    name      the project's normalised name (PEP 503).
    version   as in the file name.
    filename  of the wheel (PEP 427) or of the sdist (PEP 625).
    data      the file's bytes.
    metadata  the bytes of its METADATA, which an index serves beside it (PEP 658); None for an sdist.
    """

    name: str
    version: str
    filename: str
    data: bytes
    metadata: bytes | None = None

    @property
    def sha256(self) -> str:
        """The digest of ``data`` in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def wheel(
    name: str, version: str, requires: Iterable[str] = (), files: Mapping[str, str] | None = None
) -> Distribution:
    """A pure Python wheel for any Python 3 (PEP 427).

    ``name`` is normalised already; ``requires`` are requirements (PEP 508); ``files`` maps a path inside the
    wheel to its text, and is one empty module of the project's name when left out.
    """
    stem = f"{name.replace('-', '_')}-{version}"
    if files is None:
        files = {f"{name.replace('-', '_')}.py": ""}
    metadata = _metadata(name, version, requires)
    members = {path: text.encode() for path, text in files.items()}
    members[f"{stem}.dist-info/METADATA"] = metadata
    members[f"{stem}.dist-info/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: pep786\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(f"{path},sha256={_record_digest(data)},{len(data)}\n" for path, data in members.items())
    members[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n".encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in members.items():
            # A ZipInfo of only a name is dated 1980-01-01. Without the mode, old installers unpack unreadable files.
            member = zipfile.ZipInfo(path)
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)
    return Distribution(name, version, f"{stem}-py3-none-any.whl", buffer.getvalue(), metadata)


def sdist(
    name: str, version: str, build_requires: Iterable[str] = ("demo-backend",), backend: str = "demo_backend"
) -> Distribution:
    """An sdist of one empty module (PEP 517, 625) that builds only once ``build_requires`` were downloaded.

    ``build_requires`` are requirements (PEP 508) for ``build-system.requires`` (PEP 518) and ``backend`` the
    module that ``build-system.build-backend`` names.
    """
    module = name.replace("-", "_")
    stem = f"{module}-{version}"
    requires = ", ".join(f'"{requirement}"' for requirement in build_requires)
    members = {
        "PKG-INFO": _metadata(name, version, ()),
        "pyproject.toml": f'[build-system]\nrequires = [{requires}]\nbuild-backend = "{backend}"\n'.encode(),
        f"{module}.py": b"",
    }
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", fileobj=buffer, mtime=0) as packed, tarfile.open(
        fileobj=packed, mode="w", format=tarfile.PAX_FORMAT
    ) as archive:
        for path, data in members.items():
            member = tarfile.TarInfo(f"{stem}/{path}")  # dated 1970-01-01, owned by 0, mode 0644
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return Distribution(name, version, f"{stem}.tar.gz", buffer.getvalue())


def demo_distributions() -> list[Distribution]:
    """What :class:`pep786.verify.index.Index` offers by default, one entry for each road to an index.

    demo-wheel (two versions) needs demo-dependency; demo-sdist needs demo-backend to be built, and demo-extra
    once that backend was asked; demo-nested needs demo-sdist built first.
    """
    return [
        wheel("demo-wheel", "0.9"),
        wheel("demo-wheel", "1.0", ["demo-dependency"]),
        wheel("demo-dependency", "1.0"),
        wheel("demo-backend", "1.0", files={"demo_backend.py": BACKEND}),
        wheel("demo-extra", "1.0"),
        sdist("demo-sdist", "1.0"),
        sdist("demo-nested", "1.0", ["demo-backend", "demo-sdist"]),
        # For pip's question whether there is a newer pip. Nobody offers what it requires, so that it cannot be
        # installed over a real one by mistake.
        wheel("pip", "99.0", ["demo-never-offered"], files={}),
    ]


def _metadata(name: str, version: str, requires: Iterable[str]) -> bytes:
    """The core metadata, version 2.1 (PEP 566): the newest that the oldest pip reads without a warning."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", f"Requires-Python: {REQUIRES_PYTHON}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return ("\n".join(lines) + "\n").encode()


def _record_digest(data: bytes) -> str:
    """The digest as RECORD wants it (PEP 376, 427): URL-safe base64 without padding."""
    return urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
