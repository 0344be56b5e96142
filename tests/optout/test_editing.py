"""One key in one file: what is put in, where, and that nothing else changes. Each file comes back byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pep786.optout import ini, toml
from pep786.optout.edit import Edit, between
from pep786.optout.errors import OptOutError

TOML = {
    "empty": (b"", "", b"no-analytics = true\n"),
    "only a comment": (b"# hi\n", "", b"# hi\nno-analytics = true\n"),
    "keys and tables": (b"a = 1\n\n[t]\nb=2\n", "", b"a = 1\nno-analytics = true\n\n[t]\nb=2\n"),
    "a comment of the file": (
        b"# file\n\n# about t\n[t]\nb=2\n",
        "",
        b"# file\n\nno-analytics = true\n\n# about t\n[t]\nb=2\n",
    ),
    "a comment of the table": (b"# about t\n[t]\nb=2\n", "", b"no-analytics = true\n\n# about t\n[t]\nb=2\n"),
    "Windows": (b"a = 1\r\n[t]\r\n", "", b"a = 1\r\nno-analytics = true\r\n[t]\r\n"),
    "a byte-order mark": (b"\xef\xbb\xbf[t]\n", "", b"\xef\xbb\xbfno-analytics = true\n\n[t]\n"),
    "no final newline": (b"a = 1", "", b"a = 1\nno-analytics = true"),
    "a string that looks like a table": (
        b'a = """\n[t]\n"""\n',
        "",
        b'no-analytics = true\na = """\n[t]\n"""\n',
    ),
    "apps and journal stay": (
        b"apps = true\njournal = true # mine\n\n[hosts]\nallow = ['a.example']\n",
        "",
        b"apps = true\njournal = true # mine\nno-analytics = true\n\n[hosts]\nallow = ['a.example']\n",
    ),
    "no such table": (
        b"[project]\nname = 'x'\n",
        "tool.pep786",
        b"[project]\nname = 'x'\n\n[tool.pep786]\nno-analytics = true\n",
    ),
    "no such table, no final newline": (
        b"[project]\nname = 'x'",
        "tool.pep786",
        b"[project]\nname = 'x'\n\n[tool.pep786]\nno-analytics = true\n",
    ),
    "no such table, Windows": (
        b"[project]\r\nname = 'x'\r\n",
        "tool.pep786",
        b"[project]\r\nname = 'x'\r\n\r\n[tool.pep786]\r\nno-analytics = true\r\n",
    ),
    "a table with comments behind it": (
        b"[ tool . 'pep786' ] # ours\napps = true\n\n# about b\n[b]\n",
        "tool.pep786",
        b"[ tool . 'pep786' ] # ours\nno-analytics = true\napps = true\n\n# about b\n[b]\n",
    ),
    "a table that ends the file": (b"[tool.pep786]", "tool.pep786", b"[tool.pep786]\nno-analytics = true"),
    "only tables below it": (
        b"[tool.hatch.envs.a]\nx = 1\n",
        "tool.hatch",
        b"[tool.hatch.envs.a]\nx = 1\n\n[tool.hatch]\nno-analytics = true\n",
    ),
    "a header in a string": (
        b'a = """\n[tool.pep786]\n"""\n[tool.pep786]\nb = 1\n',
        "tool.pep786",
        b'a = """\n[tool.pep786]\n"""\n[tool.pep786]\nno-analytics = true\nb = 1\n',
    ),
    "the Pipfile": (b"[pipenv]\nx = 1\n", "pipenv", b"[pipenv]\nno-analytics = true\nx = 1\n"),
}
TOMLKIT = {
    "false": (b"no-analytics =   false   # why\napps = true\n", "", b"no-analytics =   true   # why\napps = true\n"),
    "false, Windows": (b"a = 1\r\nno-analytics = false\r\n", "", b"a = 1\r\nno-analytics = true\r\n"),
    "a word": (b'no-analytics = "yes"\n', "", b"no-analytics = true\n"),
    "dotted keys": (
        b"[tool]\npep786.apps = true\nblack.x = 1\n",
        "tool.pep786",
        b"[tool]\npep786.apps = true\npep786.no-analytics = true\nblack.x = 1\n",
    ),
}
INI = {
    "empty": (b"", b"[global]\nno-analytics = true\n"),
    "another section": (b"[install]\nuser = yes\n", b"[install]\nuser = yes\n\n[global]\nno-analytics = true\n"),
    "a section": (
        b"[global]\nindex-url = x\n\n# about install\n[install]\n",
        b"[global]\nindex-url = x\nno-analytics = true\n\n# about install\n[install]\n",
    ),
    "indented options": (
        b"[global]\n    index-url = x\n    y = 1\n\n[install]\nz = 1\n",
        b"[global]\n    index-url = x\n    y = 1\n    no-analytics = true\n\n[install]\nz = 1\n",
    ),
    "a value of several lines": (
        b"[global]\nextra-index-url =\n  a\n\n  # c\n  [b]\n\n[install]\n",
        b"[global]\nextra-index-url =\n  a\n\n  # c\n  [b]\nno-analytics = true\n\n[install]\n",
    ),
    "no final newline": (b"[global]\na = 1", b"[global]\na = 1\nno-analytics = true"),
    "only a header, no newline": (b"[global]", b"[global]\nno-analytics = true"),
    "Windows": (b"[global]\r\na = 1\r\n", b"[global]\r\na = 1\r\nno-analytics = true\r\n"),
    "old Macs": (b"[global]\ra = 1\r", b"[global]\ra = 1\rno-analytics = true\r"),
    "Latin-1, with its own line and space": (
        b"[global]\n# gr\xfc\xdf\x85\xa0e\na = \xe9\n",
        b"[global]\n# gr\xfc\xdf\x85\xa0e\na = \xe9\nno-analytics = true\n",
    ),
    "a byte-order mark": (
        b"\xef\xbb\xbf[global]\na = 1\n",
        b"\xef\xbb\xbf[global]\na = 1\nno-analytics = true\n",
    ),
    "false": (b"[global]\nno-analytics = false\nb = 1\n", b"[global]\nno-analytics = true\nb = 1\n"),
    "pip's other spelling": (b"[global]\n  No_Analytics:no\r\n", b"[global]\n  No_Analytics:true\r\n"),
    "no word": (b"[global]\nno-analytics =\n", b"[global]\nno-analytics = true\n"),
    "comments of both kinds": (
        b"; hi\n[global]\n; x = 1\n#y\n",
        b"; hi\n[global]\nno-analytics = true\n; x = 1\n#y\n",
    ),
}


@pytest.mark.parametrize(("before", "table", "after"), TOML.values(), ids=TOML)
def test_toml_takes_the_key_without_a_library(before: bytes, table: str, after: bytes) -> None:
    edit = toml.put(before, table)
    assert edit.apply(before) == after
    assert edit.reverse(after) == before
    assert toml.value(toml.take(after, table).apply(after), table) is None


@pytest.mark.parametrize(("before", "table", "after"), TOMLKIT.values(), ids=TOMLKIT)
def test_toml_takes_the_key_inside_what_is_there(before: bytes, table: str, after: bytes) -> None:
    pytest.importorskip("tomlkit")
    edit = toml.put(before, table)
    assert edit.apply(before) == after
    assert edit.reverse(after) == before


@pytest.mark.parametrize(("before", "after"), INI.values(), ids=INI)
def test_ini_takes_the_key(before: bytes, after: bytes) -> None:
    edit = ini.put(before, "global")
    assert edit.apply(before) == after
    assert edit.reverse(after) == before
    assert ini.value(ini.take(after, "global").apply(after), "global") is None


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a = 1\n", "line 1: there is no section header"),
        (b"[global]\na = 1\n[global]\n", "line 3: a section stands twice"),
        (b"[global]\na = 1\na = 2\n", "line 3: a name stands twice"),
        (b"[global]\nno-analytics = no\n  way\n", "several lines"),
        ("\u00a0[global]\na = 1\n".encode(), "change it by hand"),  # a space to configparser, and not to us
        ("[global]\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_ini_that_cannot_be_edited(data: bytes, reason: str) -> None:
    with pytest.raises(OptOutError, match=reason):
        ini.put(data, "global")


@pytest.mark.parametrize(
    ("data", "table", "reason"),
    [
        (b"a = \n", "", "line 1"),
        (b"a = 'gr\xfc\xdf'\n", "", "line 1 is not UTF-8"),
        (b"tool = 1\n", "tool.pep786", "tool.pep786 is no table"),
        ("a = 1\n".encode("utf-16"), "", "UTF-16"),
    ],
)
def test_toml_that_cannot_be_edited(data: bytes, table: str, reason: str) -> None:
    with pytest.raises(OptOutError, match=reason):
        toml.put(data, table)


def test_toml_without_tomlkit_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tomlkit", None)
    with pytest.raises(OptOutError, match=r"needs tomlkit .* 'pep786-shim\[config\]'"):
        toml.put(b"no-analytics = false\n", "")


@pytest.mark.property
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"[global]", b"[install]", b"[DEFAULT]", b"a = 1", b"b: x", b"  more", b"", b"# c", b"  ; d",
             b"no-analytics = no", b"No_Analytics:maybe", b"  indented = 1", b"[x", b"\xe9 = \xfc"]
        ),
        max_size=9,
    ),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)  # fmt: skip
def test_law_an_ini_is_edited_wholly_or_not_at_all(lines: list[bytes], end: bytes, final: bool) -> None:
    before = end.join(lines) + (end if final else b"")
    edit, told = None, ""
    try:
        edit = ini.put(before, "global")
    except OptOutError as fault:
        told = str(fault)
    if edit is None:
        assert told.isprintable()
        assert told
        return
    after = edit.apply(before)
    assert ini.value(after, "global") == "true"
    assert edit.reverse(after) == before
    assert len(after.splitlines()) - len(before.splitlines()) in (0, 1, 2, 3)


@pytest.mark.property
@given(st.binary(max_size=30), st.binary(max_size=30))
def test_law_a_change_leads_there_and_back(before: bytes, after: bytes) -> None:
    edit = between(before, after)
    assert edit.apply(before) == after
    assert edit.reverse(after) == before


def test_a_change_is_found_again_only_where_it_stands_once() -> None:
    edit = Edit(3, b"", b"key\n")
    assert edit.reverse_elsewhere(b"new\nkey\nmore\n") == b"new\nmore\n"
    assert edit.reverse_elsewhere(b"key\nkey\n") is None
    assert edit.reverse_elsewhere(b"") is None
