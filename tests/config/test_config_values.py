"""What is written, and what it means: D3 (values), D4 (spelling), D7 (files that cannot be read)."""

from __future__ import annotations

import ast
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from pep786.config import files, settings
from pep786.config.locations import Place
from pep786.config.reader import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from pep786.decision import Setting

    from .conftest import Machine

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the paths are those of Linux")

PIP = "~/.config/pip/pip.conf"
OWN = "~/.config/pep786/config.toml"


def ini(machine: Machine, content: str | bytes) -> list[Setting]:
    machine.write(PIP, content)
    return machine.settings("pip")


def toml(machine: Machine, content: str | bytes) -> list[Setting]:
    machine.write(OWN, content)
    return machine.settings("pip")


@pytest.mark.parametrize("word", ["1", "yes", "y", "true", "t", "on", "TRUE", "Yes", "oN"])
def test_d3_ini_words_that_opt_out(machine: Machine, word: str) -> None:
    assert [(s.opted_out, s.warning) for s in ini(machine, f"[global]\nno-analytics = {word}\n")] == [(True, None)]


@pytest.mark.parametrize("word", ["0", "no", "n", "false", "f", "off", "FALSE", "No", "oFF"])
def test_d3_ini_words_that_do_not(machine: Machine, word: str) -> None:
    assert [(s.opted_out, s.warning) for s in ini(machine, f"[global]\nno-analytics: {word}\n")] == [(False, None)]


@pytest.mark.parametrize(
    "value",
    ["maybe", "2", "", "true ; sure", '"true"', "tru", "yes\n no"],
    ids=["a word", "a number", "nothing", "a word and a comment", "in quotes", "half a word", "two lines"],
)
def test_d3_any_other_ini_value_is_warned_about_and_opts_out(machine: Machine, value: str) -> None:
    (setting,) = ini(machine, f"; first\n[global]\ntimeout = 3\nno_analytics = {value}\n")
    assert setting.opted_out is True
    assert setting.line == 4
    assert setting.warning is not None
    assert setting.warning.startswith("~/.config/pip/pip.conf, line 4: [global] no_analytics is '")
    assert "true/false" in setting.warning


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('"true"', '"true"'),
        ('"false"', '"false"'),
        ("1", "1"),
        ("0", "0"),
        ("1.5", "1.5"),
        ("[true]", "an array"),
        ("{ x = 1 }", "a table"),
        ("1979-05-27", "1979-05-27"),
        ("0x" + "f" * 5000, "a number"),
        ('"\\u001b[31m"', '"\\x1b[31m"'),
    ],
)
def test_d3_toml_takes_booleans_only(machine: Machine, value: str, shown: str) -> None:
    (setting,) = toml(machine, f"# first\nno-analytics = {value}\n")
    assert (setting.opted_out, setting.value, setting.line) == (True, shown, 2)
    assert setting.warning is not None
    assert setting.warning.startswith("~/.config/pep786/config.toml, line 2: no-analytics is " + shown)
    assert "neither true nor false" in setting.warning


@pytest.mark.parametrize("key", ["no-analytics", "no_analytics", "No-Analytics", "--no-analytics", "NO_ANALYTICS"])
def test_d4_spellings_of_the_key_in_ini(machine: Machine, key: str) -> None:
    assert [(s.opted_out, s.key, s.line) for s in ini(machine, f"[global]\n{key} = yes\n")] == [(True, key, 2)]


@pytest.mark.parametrize("key", ["-no-analytics", "no-analytics-x", "analytics", "noanalytics", "no.no-analytics"])
def test_d4_d10_other_keys_are_none_of_ours(machine: Machine, key: str) -> None:
    assert ini(machine, f"[global]\n{key} = yes\n# no-analytics\n") == []


@pytest.mark.parametrize("key", ["no_analytics", "No-Analytics"])
def test_d4_is_about_ini_a_misspelt_toml_key_is_warned_about(machine: Machine, key: str) -> None:
    (setting,) = toml(machine, f"{key} = true\n")
    assert (setting.opted_out, setting.key) == (None, key)
    assert setting.warning is not None
    assert "did you mean no-analytics?" in setting.warning


def test_the_default_section_reaches_into_the_others_as_for_pip(machine: Machine) -> None:
    (setting,) = ini(machine, "[DEFAULT]\nno-analytics = yes\n[global]\ntimeout = 3\n")
    assert (setting.opted_out, setting.section, setting.line) == (True, "global", 2)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_line_ends_of_ini(machine: Machine, end: str) -> None:
    assert [s.line for s in ini(machine, f"[global]{end}no-analytics = 1{end}")] == [2]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('a = 1\n[tool.pip]\n"no-analytics" = true\n', 3),
        ("[tool]\n\npip = { no-analytics = true }\n", 3),
        ("[tool]\npip.no-analytics = true\n", 2),
        ("# no-analytics\n[tool.x]\nno-analytics = true\n[ tool.pip ]\nno-analytics = true\n", 5),
    ],
)
def test_the_line_in_toml(machine: Machine, content: str, line: int) -> None:
    machine.write("./pyproject.toml", content)
    assert [s.line for s in machine.settings("pip")] == [line]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("no-analytics = 1\n", "line 1: there is no section header"),
        ("[global]\nno-analytics\n", "line 2: it is not in pip's format"),
        ("[global]\nno-analytics = 1\nno-analytics = 0\n", "line 3: a name stands twice in one section"),
        ("[global]\nno-analytics = 1\n[global]\n", "line 3: a section stands twice"),
        (b"\xff\xfe" + "[global]\nno-analytics = 1\n".encode("utf-16-le"), "it is UTF-16, not UTF-8"),
        (b"\xfe\xff" + "[global]\nNo_Analytics = 1\n".encode("utf-16-be"), "it is UTF-16, not UTF-8"),
    ],
)
def test_d7_an_ini_file_pip_would_refuse_is_warned_about_and_skipped(
    machine: Machine, content: str | bytes, reason: str
) -> None:
    (setting,) = ini(machine, content)
    assert setting.opted_out is None
    assert setting.warning == f"~/.config/pip/pip.conf cannot be parsed, {reason}; skipped"


def test_d7_whatever_pips_own_parser_may_raise_is_told_in_our_words(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret of the file's")

    monkeypatch.setattr("configparser.RawConfigParser.read_string", fail)
    (setting,) = ini(machine, "[global]\nno-analytics = 1\n")
    assert setting.warning == f"{PIP} cannot be parsed, it is not in pip's format; skipped"


@pytest.mark.parametrize(
    "content",
    ["no-analytics = \n", "no-analytics = true\nno-analytics = true\n", "no-analytics = true\0\n", "# no-analytics\n=",
     "no-analytics = " + "[" * 100_000, "no-analytics = " + "9" * 5000],
    ids=["no value", "twice", "NUL", "broken elsewhere", "nested too deeply", "a number without end"],
)  # fmt: skip
def test_d7_a_toml_file_that_cannot_be_parsed_is_warned_about_and_skipped(machine: Machine, content: str) -> None:
    (setting,) = toml(machine, content)
    assert setting.opted_out is None
    assert setting.warning is not None
    assert setting.warning.startswith("~/.config/pep786/config.toml cannot be parsed, ")


@pytest.mark.parametrize(
    "content",
    [
        "a" + ".a" * 250_000 + " = 1\n",
        "[a" + ".a" * 250_000 + "]\n",
        "[a" + ".a" * 3_000 + "]\n" + "".join(f"k{number} = 1\n" for number in range(50_000)),
        ("a" + ".a" * 1_000 + " = 1\n") * 1_000,
    ],
    ids=["a key", "a header", "keys below a header", "many keys"],
)
def test_a_hostile_checkout_does_not_hang_its_visitors(machine: Machine, content: str) -> None:
    """A project's file is read on every start in its folder; the parser takes minutes for these."""
    machine.write("./pyproject.toml", "[tool.pip]\nno-analytics = true\n" + content)
    before = time.process_time()
    (setting,) = machine.settings("pip")
    assert time.process_time() - before < 5
    assert "its dotted keys are too long" in str(setting.warning)


def test_d7_a_broken_pyproject_is_warned_about_once(machine: Machine) -> None:
    path = machine.write("./pyproject.toml", "[tool.pip]\nno-analytics = true = true\n")
    (setting,) = machine.settings("pip")
    assert (setting.source, setting.opted_out, setting.scope) == ("config", None, "project")
    assert (setting.file, setting.value) == (str(path), "")


def test_d7_a_broken_file_without_the_key_is_not_even_parsed(machine: Machine) -> None:
    assert ini(machine, "]][\n") == []
    assert ini(machine, "]][ C:\\Users\n") == [], "INI has no escapes"
    assert toml(machine, "]][\n") == []


def test_a_byte_order_mark_is_accepted(machine: Machine) -> None:
    machine.write("prefix/pip.conf", b"\xef\xbb\xbf[global]\nno-analytics = 1\n")
    machine.write(OWN, b"\xef\xbb\xbfno-analytics = true\n")
    assert [(s.opted_out, s.warning) for s in machine.settings("pip")] == [(True, None), (True, None)]


@pytest.mark.parametrize(
    ("where", "content", "line"),
    [
        (PIP, b"[global]\n# caf\xe9\nno-analytics = no\n", 2),
        (OWN, b"no-analytics = false # caf\xe9\n", 1),
    ],
)
def test_a_file_that_is_not_utf8_is_honoured_with_a_warning(
    machine: Machine, where: str, content: bytes, line: int
) -> None:
    machine.write(where, content)
    warning, setting = machine.settings("pip")
    assert (warning.opted_out, warning.line) == (None, line)
    assert warning.warning == f"{where} is not UTF-8 in line {line}; read all the same"
    assert setting.opted_out is False


@pytest.mark.parametrize(
    "value", ["\x1b]0;owned\x07", "a\tb\x00c", "\u202eevil", "x" * 100_000], ids=["escape", "NUL", "bidi", "long"]
)
def test_no_control_characters_and_no_novels_in_what_a_person_reads(machine: Machine, value: str) -> None:
    (setting,) = ini(machine, f"[global]\nno-analytics = {value}\n")
    for text in (setting.warning, setting.origin, setting.value):
        assert text is not None
        assert text.isprintable()
        assert len(text) < 400


def test_no_control_characters_from_the_path_either(machine: Machine) -> None:
    folder = machine.home / "src" / "a\x1b[31m\udcff"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.pip]\nno-analytics = 1\n")
    (setting,) = machine.settings("pip", folder)
    assert setting.origin == "~/src/a\\x1b[31m\\udcff/pyproject.toml [tool.pip] no-analytics"
    assert setting.warning is not None
    assert setting.warning.isprintable()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("fifo", "is not a regular file"),
        ("folder", "is not a regular file"),
        ("loop", f"cannot be read: {os.strerror(errno.ELOOP)}"),
        ("device", "is not a regular file"),
        ("large", "is larger than 4 MiB"),
    ],
)
def test_d7_what_is_no_file_to_read_is_warned_about_and_never_waited_for(
    machine: Machine, kind: str, reason: str
) -> None:
    path = machine.path(PIP)
    path.parent.mkdir(parents=True)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.write_bytes(b"[global]\nno-analytics = 1\n" + b"#" * files.LIMIT)
    (setting,) = machine.settings("pip")
    assert setting.opted_out is None
    assert setting.warning == f"{PIP} {reason}; skipped"


@pytest.mark.parametrize("kind", ["fifo", "loop"])
def test_d7_a_project_file_that_cannot_be_read(machine: Machine, kind: str) -> None:
    path = machine.path("./pyproject.toml")
    if kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    for tool in ("pip", "uv"):
        assert [s.opted_out for s in machine.settings(tool)] == [None]


def test_a_link_to_the_null_device_is_an_empty_file(machine: Machine) -> None:
    machine.path(PIP).parent.mkdir(parents=True)
    machine.path(PIP).symlink_to(os.devnull)
    assert machine.settings("pip") == []


def test_a_missing_file_is_silent(machine: Machine) -> None:
    machine.write("~/.config/pip", "a file where a folder would be")
    machine.environ["PIP_CONFIG_FILE"] = str(machine.root / "missing.conf")
    machine.path(OWN).parent.mkdir(parents=True)
    machine.path(OWN).symlink_to("dangling")
    assert machine.settings("pip") == []


@pytest.mark.parametrize("variable", ["HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "PIP_CONFIG_FILE", "UV_CONFIG_FILE",
                                      "POETRY_CONFIG_DIR", "PIPENV_PIPFILE"])  # fmt: skip
@pytest.mark.parametrize(
    "value",
    ["/a\0b", "/\udcff\ud800", "/" + "x" * 5000, "~", ".", "/", "\n"],
    ids=["NUL", "no Unicode", "long", "the home's sign", "here", "the root", "a line's end"],
)
def test_no_path_in_a_variable_makes_it_raise(machine: Machine, variable: str, value: str) -> None:
    machine.environ[variable] = value
    for tool in ("pip", "uv", "poetry", "pipenv"):
        assert all(s.opted_out is None for s in machine.settings(tool))


@pytest.mark.parametrize(
    "cwd",
    ["/a\0b", "/\ud800", "x" * 5000, "/nowhere", "~", "\0"],
    ids=["with a NUL", "no Unicode", "long", "missing", "the home's sign", "NUL"],
)
def test_no_directory_makes_it_raise(machine: Machine, cwd: str) -> None:
    for tool in ("pip", "uv", "pipenv"):
        assert settings(tool, machine.environ, cwd) == []


def test_d7_no_permission_is_warned_about() -> None:
    if not hasattr(os, "fork"):
        pytest.skip("no users to change between")
    script = """
        import os, sys
        root = sys.argv[1]
        folder = os.path.join(root, "pip")
        os.mkdir(folder)
        path = os.path.join(folder, "pip.conf")
        with open(path, "w") as file:
            file.write("[global]\\nno-analytics = true\\n")
        os.chmod(path, 0)
        # Imported first: the other user may not be allowed to read the checkout.
        from pep786.config import settings
        settings("pip", {"HOME": root, "XDG_CONFIG_HOME": root}, root)
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
            for parent in (root, os.path.dirname(root)):
                if not os.access(parent, os.X_OK):
                    sys.exit(77)
        (setting,) = settings("pip", {"HOME": root, "XDG_CONFIG_HOME": root}, root)
        print(setting.opted_out, setting.warning)
    """
    # pytest's own temporary folder is closed to other users.
    root = tempfile.mkdtemp()
    try:
        os.chmod(root, 0o755)  # noqa: S103 - so that the other user gets as far as the file
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), root], capture_output=True, text=True, check=False
        )
        if done.returncode == 77:
            pytest.skip("another user cannot reach the temporary folder")
        assert done.stderr == ""
        assert done.stdout.strip() == "None ~/pip/pip.conf cannot be read: Permission denied; skipped"
    finally:
        shutil.rmtree(root)


def test_our_global_file_is_read_like_the_other(machine: Machine) -> None:
    """D17a: /etc itself is not written to here; the place is in test_config_locations."""
    path = machine.write("etc/pep786/config.toml", "no-analytics = true\n")
    (setting,) = Reader(machine.environ, None).settings([Place("global", str(path), "")])
    assert (setting.opted_out, setting.scope, setting.section) == (True, "global", None)


def test_nothing_is_imported_on_the_common_path(tmp_path: Path) -> None:
    """Every start of pip pays for this: no parser, no regular expressions, no typing, whatever its own file says."""
    own = tmp_path / ".config" / "pip" / "pip.conf"
    own.parent.mkdir(parents=True)
    own.write_text("[global]\nfind-links = C:\\Users\\xavier\n")
    script = """
        import os, sys
        sys.path.insert(0, sys.argv[1])
        before = set(sys.modules)
        from pep786.config import settings
        assert settings("pip", {"HOME": sys.argv[2], "XDG_CONFIG_DIRS": "/nowhere"}, sys.argv[2]) == []
        print(sorted(name for name in set(sys.modules) - before if not name.startswith("pep786")))
    """
    checkout = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(files.__file__))))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", textwrap.dedent(script), checkout, str(tmp_path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(ast.literal_eval(done.stdout)) <= {"__future__", "errno"}
