"""The distributions that the index offers."""

from __future__ import annotations

import hashlib
import io
import tarfile
import time
import zipfile
from base64 import urlsafe_b64decode
from typing import TYPE_CHECKING

import pytest

from pep786.verify.distributions import demo_distributions, sdist, wheel

if TYPE_CHECKING:
    from pep786.verify.distributions import Distribution


def test_distributions_are_the_same_every_time() -> None:
    assert demo_distributions() == demo_distributions()
    time.sleep(1.1)  # archives date their members in whole seconds
    assert demo_distributions()[0].sha256 == wheel("demo-wheel", "0.9").sha256
    assert sdist("demo-sdist", "1.0") in demo_distributions()


@pytest.mark.parametrize(
    "file", [file for file in demo_distributions() if file.metadata is not None], ids=lambda file: str(file.filename)
)
def test_record_lists_every_member_with_its_digest(file: Distribution) -> None:
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    stem = file.filename[: -len("-py3-none-any.whl")]
    assert members[f"{stem}.dist-info/METADATA"] == file.metadata
    rows = [line.split(",") for line in members[f"{stem}.dist-info/RECORD"].decode().splitlines()]
    assert [row[0] for row in rows] == list(members)
    for path, digest, size in rows[:-1]:
        assert urlsafe_b64decode(digest[len("sha256=") :] + "=") == hashlib.sha256(members[path]).digest()
        assert size == str(len(members[path]))


def test_sdist_names_its_backend() -> None:
    made = sdist("demo-nested", "2", ["one", "two>=2"], "some.backend")
    assert (made.filename, made.metadata) == ("demo_nested-2.tar.gz", None)
    with tarfile.open(fileobj=io.BytesIO(made.data)) as archive:
        project = archive.extractfile("demo_nested-2/pyproject.toml")
        assert project is not None
        with project:
            assert project.read().splitlines()[1:] == [
                b'requires = ["one", "two>=2"]',
                b'build-backend = "some.backend"',
            ]
