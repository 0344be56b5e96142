"""Parquet: the same decision, and a file in which nothing tells that rows were left out."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Callable

import pytest

from pep786 import preference
from pep786.cli import main
from tests.index.logs import vectors
from tests.index.logs.writers import PLAIN, SUFFIXED

if TYPE_CHECKING:
    from pathlib import Path

_FILTER = ["index", "filter", "--format", "parquet"]

pyarrow: Any
try:
    pyarrow, _ = map(importlib.import_module, ("pyarrow", "pyarrow.parquet"))
except ImportError:
    pyarrow = None

needs_pyarrow = pytest.mark.skipif(pyarrow is None, reason="pyarrow is not here")


def _write(path: Path, rows: list[dict[str, Any]], **options: Any) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, **options)


def _rows(path: Path) -> list[dict[str, Any]]:
    return pyarrow.parquet.read_table(path).to_pylist()  # type: ignore[no-any-return]


@needs_pyarrow
def test_the_text_columns_decide_as_exactly_as_in_a_log(tmp_path: Path) -> None:
    rows = [{"id": each.id, "p": each.prefer, "user_agent": each.user_agent} for each in vectors.ALL]
    _write(tmp_path / "in", rows)
    arguments = ["--prefer", "p", "--user-agent", "user_agent", "--internal", str(tmp_path / "internal")]
    assert main([*_FILTER, str(tmp_path / "in"), "--output", str(tmp_path / "out"), *arguments]) == 0
    assert _rows(tmp_path / "out") == [row for row in rows if not preference.opted_out(row["p"], row["user_agent"])]
    assert _rows(tmp_path / "internal") == [row for row in rows if preference.opted_out(row["p"], row["user_agent"])]


@needs_pyarrow
@pytest.mark.parametrize(
    ("arguments", "shared"),
    [
        ([], [1, 2]),
        (["--prefer", "p"], [1]),
        (["--flag", "flag"], [1]),
        (["--flag", "flag", "--prefer", "p"], [1]),
        (["--flag", "flag", "--user-agent", "p"], [1, 3]),
    ],
    ids=str,
)
def test_the_user_agent_is_looked_at_whatever_else_is(arguments: list[str], shared: list[int], tmp_path: Path) -> None:
    rows = [
        {"n": 1, "flag": False, "p": None, "user_agent": PLAIN},
        {"n": 2, "flag": None, "p": "no-analytics", "user_agent": PLAIN},
        {"n": 3, "flag": False, "p": None, "user_agent": SUFFIXED},
    ]
    _write(tmp_path / "in", rows)
    assert main([*_FILTER, str(tmp_path / "in"), "--output", str(tmp_path / "out"), *arguments]) == 0
    assert [row["n"] for row in _rows(tmp_path / "out")] == shared


@needs_pyarrow
@pytest.mark.parametrize(("arguments", "status"), [([], 0), (["--prefer", "p"], 2)], ids=str)
def test_beside_a_flag_alone_the_user_agent_may_be_missing(arguments: list[str], status: int, tmp_path: Path) -> None:
    _write(tmp_path / "in", [{"flag": False, "p": "x"}])
    arguments = ["--output", str(tmp_path / "out"), "--flag", "flag", *arguments]
    assert main([*_FILTER, str(tmp_path / "in"), *arguments]) == status


@needs_pyarrow
@pytest.mark.parametrize("flag", [True, None])
def test_the_file_is_the_same_without_the_opted_out(flag: bool | None, tmp_path: Path) -> None:
    """With dictionaries, pandas' metadata and small row groups in the file that is read."""
    shared = [{"n": number, "name": f"p{number % 9}", "flag": False, "user_agent": PLAIN} for number in range(5000)]
    out = [{"n": -1, "name": "secret", "flag": flag, "user_agent": SUFFIXED}] * 700
    for name, rows in (("with", shared[:2000] + out + shared[2000:]), ("without", shared)):
        table = pyarrow.Table.from_pylist(rows)
        table = table.set_column(1, "name", table.column("name").dictionary_encode())
        table = table.replace_schema_metadata({"pandas": str(len(rows))})
        pyarrow.parquet.write_table(table, tmp_path / name, row_group_size=500 + len(rows) % 7)
        arguments = ["--flag", "flag", "--output", str(tmp_path / f"{name}.out")]
        assert main([*_FILTER, str(tmp_path / name), *arguments]) == 0
    text = (tmp_path / "with.out").read_bytes()
    assert text == (tmp_path / "without.out").read_bytes()
    assert b"secret" not in text
    assert _rows(tmp_path / "with.out") == shared


@needs_pyarrow
@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["--flag", "x"], 2, "--flag x: no such column"),
        (["--user-agent", "n"], 2, "column n: int64, not text"),
        (["--flag", "flag", "--on-bad", "stop"], 1, "row 2: the flag is neither yes nor no"),
    ],
)
def test_what_cannot_be_decided_is_one_line(
    arguments: list[str], status: int, expected: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path / "in", [{"n": 1, "flag": False}, {"n": 2, "flag": None}])
    assert main([*_FILTER, str(tmp_path / "in"), "--output", str(tmp_path / "out"), *arguments]) == status
    error = capfd.readouterr().err
    assert expected in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


@needs_pyarrow
@pytest.mark.parametrize(("view", "last"), [("string_view", "b"), ("binary_view", b"b")])
def test_a_column_of_views_is_read(view: str, last: str | bytes, tmp_path: Path) -> None:
    """As some writers have all their text."""
    if not hasattr(pyarrow, view):
        pytest.skip("a pyarrow without views")
    texts = pyarrow.array(["a", None, "b"]).cast(getattr(pyarrow, view)())
    agents = pyarrow.array([SUFFIXED, PLAIN, PLAIN], pyarrow.string_view())
    pyarrow.parquet.write_table(pyarrow.table({"name": texts, "user_agent": agents}), tmp_path / "in")
    assert main([*_FILTER, str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 0
    assert _rows(tmp_path / "out") == [{"name": None, "user_agent": PLAIN}, {"name": last, "user_agent": PLAIN}]


def _garbage(path: Path) -> None:
    path.write_bytes(b"x" * 100)


def _spoiled(path: Path) -> None:
    """In its pages, of which its end tells nothing."""
    _write(path, [{"user_agent": f"{PLAIN} {number}"} for number in range(9000)])
    data = path.read_bytes()
    path.write_bytes(data[:4] + b"\xff" * 5000 + data[5004:])


def _views_within(path: Path) -> None:
    kind = getattr(pyarrow, "string_view", pyarrow.string)()
    texts = pyarrow.array([["a"], ["b"]], pyarrow.list_(kind))
    pyarrow.parquet.write_table(pyarrow.table({"user_agent": [PLAIN, PLAIN], "texts": texts}), path)


@needs_pyarrow
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_garbage, ""),
        (_spoiled, ""),
        (_views_within, ""),
        (lambda path: path.mkdir(), ""),
        (lambda _: None, "No such file or directory\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    make: Callable[[Path], None], expected: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "in")
    if main([*_FILTER, str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 0:
        assert make is _views_within, "what this pyarrow cannot do another may"
        return
    error = capfd.readouterr().err
    assert error.startswith(f"pep786 index filter: {tmp_path / 'in'}: {expected}")
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main([*_FILTER, str(tmp_path / "in"), "--output", str(tmp_path / "out")]) == 2
    assert capfd.readouterr().err == ("pep786 index filter: Parquet needs pyarrow: pip install 'pep786-shim[logs]'\n")
