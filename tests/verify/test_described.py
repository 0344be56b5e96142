"""``pep786 verify`` with a command line or a description: a tool that nobody here has heard of."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pep786.cli import main
from pep786.verify.tools import described
from tests.environments import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

# Fetches what it is asked for. It knows one variable only, and takes 0 for a no.
TOY = """\
#!{python}
import os, re, sys, urllib.parse, urllib.request

opted_out = os.environ.get("PIP_NO_ANALYTICS", "0") not in ("", "0")
fields = {{"Prefer": "no-analytics"}} if opted_out else {{}}
for name in (sys.argv[2], "demo-dependency"):
    page = urllib.request.urlopen(urllib.request.Request(sys.argv[1] + name + "/", headers=fields))
    link = urllib.parse.urljoin(page.url, re.findall('href="([^"#]*)', page.read().decode())[-1])
    urllib.request.urlopen(urllib.request.Request(link, headers=fields)).read()
"""
#: What it gets wrong, of what it can be asked.
WRONG = {
    "environment/py-1",
    "environment/python-1",
    "environment/pip-0",
    "environment/python-0",
    "environment/first-empty",
    "environment/second-and-third",
}
CANNOT = """
[cannot]
key = "it has no configuration"
pyproject = "likewise"
flag = "it takes none"
build = "it builds nothing"
"""


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """The tool, as a program."""
    path = tmp_path / "toy"
    path.write_text(TOY.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def verify(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """The status, and each case's verdict and reason."""
    status = main(["verify", "--json", *arguments])
    (document,) = json.loads(capsys.readouterr().out)["tools"]
    return status, {one["case"]["id"]: (one["verdict"], one["reason"]) for one in document["cases"]}


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said where nothing is run: one line, with status 2."""
    assert main(["verify", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


needs_scripts = pytest.mark.skipif(os.name == "nt", reason="the tool is a script")


@needs_scripts
def test_a_wrong_tool_fails_exactly_what_it_gets_wrong(
    toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    description = tmp_path / "toy.toml"
    description.write_text(f'command = "{toy} {{index}} {{requirement}}"\n{CANNOT}')
    status, verdicts = verify(capsys, str(description))
    assert status == 1
    assert {case for case, (verdict, _) in verdicts.items() if verdict == "failed"} == WRONG
    passed = {case for case, (verdict, _) in verdicts.items() if verdict == "passed"}
    assert {"environment/nothing", "environment/pip-1", "requests/redirects", "requests/warm-cache"} < passed
    assert verdicts["files/own-key"] == ("skipped", "it has no configuration")
    assert verdicts["requests/build-variable"] == ("skipped", "it builds nothing")
    assert verdicts["extension/own-file"] == ("skipped", "takes the shim; it is no part of the draft")


def cases(folder: Path, *ids: str) -> Path:
    """A file of a person's own cases: a variable each."""
    signed = '{ opted_out = true, source = "environment", prefer = "no-analytics", user_agent = "x (no-analytics)" }'
    blocks = [
        f'[[case]]\nid = "{each}"\nname = "{each}"\nsection = "ours"\nenvironment = {{ PIP_NO_ANALYTICS = "{each}" }}\n'
        f"expect = {signed}\n"
        for each in ids
    ]
    path = folder / f"{'-'.join(ids)}.toml"
    path.write_text("".join(blocks))
    return path


@needs_scripts
@pytest.mark.usefixtures("toy")
def test_a_command_line_and_cases_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the tool is looked for where the person stands, and run elsewhere
    command = ["--command", "./toy {index} {requirement}"]
    status, verdicts = verify(capsys, *command, "--cases", str(cases(tmp_path, "yes")))
    assert (status, list(verdicts), verdicts["yes"][0]) == (0, ["yes"], "passed")
    status, verdicts = verify(capsys, *command, "--cases", "yes.toml", "--cases", str(cases(tmp_path, "0", "1")))
    assert (status, [verdict for verdict, _ in verdicts.values()]) == (1, ["passed", "failed", "passed"])


@needs_scripts
def test_a_folder_of_cases(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    command = ["--command", f"{toy} {{index}} {{requirement}}", "--cases", str(folder)]
    assert "ours: there is no .toml file in it" in told(capsys, *command)
    cases(folder, "a")
    cases(folder, "b")
    assert list(verify(capsys, *command)[1]) == ["a", "b"]
    cases(folder, "a", "c")
    assert "two cases have the id a" in told(capsys, *command)


@needs_scripts
@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("", "toy.toml: command is missing; it has to be a text"),
        ('command = ["x"]', "toy.toml: command has to be a text"),
        ('comand = "x"', "toy.toml: unknown key comand; known are name, command, "),
        ("command = ", "toy.toml: "),
        ('command = "no-such-program {index} {requirement}"', "no-such-program is not here, or cannot be run"),
        ('command = "TOY {requirement}"', "{index} stands nowhere"),
        ('command = "TOY {index}"', "{requirement} stands nowhere"),
        ("command = 'TOY \"{index} {requirement}'", "No closing quotation"),
        ('command = ""', "the command is empty"),
        ('command = "TOY {index} {requirement}"\ncannot = { builds = "x" }', "cannot has builds; it may have build, "),
        (
            'command = "TOY {index} {requirement}"\nown_file = "/etc/x"',
            "the file /etc/x is not below the run's own folder",
        ),
        ('command = "TOY {index} {requirement}"\nfiles = { "../../x" = "" }', "the file ../../x is not below"),
        ('command = "TOY {index} {requirement}"\nsuffix = "no"', "suffix has to be true or false"),
    ],
)
def test_a_bad_description_is_one_line(
    description: str, expected: str, toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "toy.toml"
    path.write_text(description.replace("TOY", str(toy)))
    assert expected in told(capsys, str(path))


def test_a_description_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "none.toml: No such file or directory" in told(capsys, str(tmp_path / "none.toml"))
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    assert "bytes.toml: it is not UTF-8" in told(capsys, str(tmp_path / "bytes.toml"))


_CASE = {
    "id": '"x/y"',
    "name": '"y"',
    "section": '"z"',
    "expect": '{ opted_out = false, source = "default", user_agent = "a" }',
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"id": None}, "case number 1: id is missing; it has to be a text"),
        ({"expect": None}, "case x/y: expect is missing; it has to be a table"),
        ({"requirment": '"demo-sdist"'}, "case x/y: unknown key requirment; known are id, name, "),
        ({"runs": "0"}, "case x/y: runs has to be a whole number from 1 on"),
        ({"runs": "true"}, "case x/y: runs has to be a whole number from 1 on"),
        ({"environment": "{ PY_NO_ANALYTICS = 1 }"}, "case x/y: environment has to be a table of texts"),
        ({"arguments": '"--analytics"'}, "case x/y: arguments has to be an array of texts"),
        ({"files": '{ "{hom}/x" = "" }'}, "case x/y: unknown placeholder {hom}; known are home, project, "),
        ({"files": '{ "{home}/../../x" = "" }'}, "case x/y: the file {home}/../../x is not below the run's own folder"),
        ({"files": '{ "/etc/pip.conf" = "" }'}, "case x/y: the file /etc/pip.conf is not below the run's own folder"),
        ({"requirement": '"numpy"'}, "case x/y: requirement is 'numpy'; it may be demo-wheel, "),
        ({"expect": '{ opted_out = "no" }'}, "case x/y, expect: opted_out has to be true or false"),
        (
            {"expect": '{ opted_out = true, source = "x", user_agent = "" }'},
            "case x/y, expect: source is 'x'; it may be flag, ",
        ),
        ({"request": '{ port = "1" }'}, "case x/y, request: unknown key port; known are method, "),
    ],
    ids=str,
)
def test_a_bad_case_is_told_with_its_file_and_name(
    changed: dict[str, Any], expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.toml"
    lines = [f"{key} = {value}" for key, value in {**_CASE, **changed}.items() if value is not None]
    path.write_text("\n".join(["[[case]]", *lines]))
    line = told(capsys, "--cases", str(path))
    assert f"pep786 verify: {path}, {expected}" in line


PAGE = (CHECKOUT / "docs" / "verify.md").read_text(encoding="utf-8")
# The tool of docs/verify.md: it reads all that the page's description says, and does as the draft has it.
MYTOOL = """\
#!{python}
import os, re, sys, urllib.parse, urllib.request

VARIABLES = ("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS")
flags = [word for word in sys.argv[1:] if word.endswith("-analytics")]
opted_out = any(os.environ.get(name) for name in VARIABLES)
path = os.path.join(os.environ["XDG_CONFIG_HOME"], "mytool", "config.toml")
if not opted_out and os.path.exists(path):
    table, _, key = open(path).read().strip().partition("\\n")
    opted_out = table == "[network]" and key.startswith("no-analytics =") and key != "no-analytics = false"
if flags:
    opted_out = flags[-1] == "--no-analytics"
assert sys.argv[-2:] == ["install", "--yes"]
fields = {{"Prefer": "no-analytics"}} if opted_out else {{}}
for name in (open("mytool.toml").read().split()[1], "demo-dependency"):
    page = urllib.request.urlopen(urllib.request.Request(os.environ["MYTOOL_INDEX"] + name + "/", headers=fields))
    link = urllib.parse.urljoin(page.url, re.findall('href="([^"#]*)', page.read().decode())[-1])
    urllib.request.urlopen(urllib.request.Request(link, headers=fields)).read()
"""


@needs_scripts
def test_the_pages_description_word_by_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "target" / "debug" / "mytool"
    program.parent.mkdir(parents=True)
    program.write_text(MYTOOL.format(python=sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (description,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "mytool.toml").write_text(description)
    status, verdicts = verify(capsys, "mytool.toml")
    assert {case: reason for case, (verdict, reason) in verdicts.items() if verdict == "failed"} == {}
    assert status == 0
    skipped = {case.partition("/")[0] for case, (verdict, _) in verdicts.items() if verdict == "skipped"}
    assert skipped == {"extension", "requests"}
    assert {verdicts[case][0] for case in ("files/own-key", "flags/last-flag-yes", "files/own-key-string")} == {
        "passed"
    }


def test_the_page_has_each_key_of_a_description() -> None:
    assert [key for key in described.KEYS if f"`{key}`" not in PAGE] == []
    assert [aspect for aspect in described.ASPECTS if f"`{aspect}`" not in PAGE] == []
