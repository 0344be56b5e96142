"""What the fuzzers found and reached, once more on every Python: no atheris is needed for that."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

import pytest

from tests.fuzz import corpus, session, shrink, targets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", targets.NAMES)
def test_the_oracle_has_nothing_against_what_is_kept(name: str, tmp_path: Path) -> None:
    target = targets.load(name)
    inputs = [(path.name, path.read_bytes()) for path in corpus.files(name)]
    inputs += [(repr(data[:80]), data) for data in target.seeds()]
    assert len(inputs) > 5
    for shown, data in inputs:
        said = _said(target, data, tmp_path)
        assert not said, f"{name}: {shown}"


def _said(target: targets.Target, data: bytes, folder: Path) -> str:
    try:
        target.check(data, folder)
    except Exception:
        return traceback.format_exc()
    return ""


def test_the_corpus_is_small_and_belongs_to_targets() -> None:
    assert {path.name for path in corpus.FOLDER.iterdir()} <= set(targets.NAMES)
    sizes = [path.stat().st_size for name in targets.NAMES for path in corpus.files(name)]
    assert sum(sizes) < 1_000_000
    assert len(sizes) < 1000


def test_a_find_is_made_small() -> None:
    def check(data: bytes) -> None:
        if len(data) > 100:
            raise ValueError("another fault")
        assert not (b"a" in data and b"z" in data)

    assert shrink.smallest(b"xxxxaxxxxxxxzxxx", check) == b"az"
    assert shrink.smallest(b"harmless", check) == b"harmless"
    assert len(shrink.smallest(b"x" * 1000 + b"az", check)) == 101


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["prefer", "--seconds", "x"], ["--replay", "x"], ["a", "b", "--replay", "x"]]
)
def test_bad_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        session.main(arguments)
    assert ended.value.code == 2
