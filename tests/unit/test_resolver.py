"""Who decides, and why (PEP 786, "Environment Variable" to "Command Line Flag"; design, D1 to D10, D17, D19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pep786
from pep786 import resolver
from pep786.decision import Decision, Setting

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = ("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS")


class Person:
    """Somebody's files in a temporary folder, and what is decided for them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        self.files = {
            "pip.conf": root / "home/.config/pip/pip.conf",
            "own": root / "home/.config/pep786/config.toml",
            "machine": root / "machine/pip/pip.conf",
            "pyproject": self.project / "pyproject.toml",
        }
        for file in self.files.values():
            file.parent.mkdir(parents=True, exist_ok=True)

    def resolve(self, tool: str | None = "pip", flag: bool | None = None, **variables: Any) -> Decision:
        environ: dict[str, str] = {
            "HOME": str(self.root / "home"),
            "XDG_CONFIG_DIRS": str(self.root / "machine"),
            **variables,
        }
        return pep786.resolve(tool, flag=flag, environ=environ, cwd=self.project)


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path / "person")


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", ["1", "0", "false", "no", " ", "banana", "\x00", "\ud800", "x" * 100_000])
def test_d1_any_value_that_is_not_empty_opts_out(name: str, value: str) -> None:
    decision = pep786.resolve(environ={name: value})
    assert (decision.opted_out, decision.source, decision.origin) == (True, "environment", name)


@pytest.mark.parametrize("name", VARIABLES)
def test_d1_an_empty_variable_is_as_if_unset(name: str, person: Person) -> None:
    assert not pep786.resolve(environ={name: ""})
    person.files["pip.conf"].write_text("[global]\nno-analytics = true\n")
    empty: dict[str, Any] = {name: ""}
    assert person.resolve(**empty).source == "config"


def test_d2_the_first_variable_in_the_peps_order_is_named_and_the_others_are_told() -> None:
    decision = pep786.resolve(environ={"PYTHON_NO_ANALYTICS": "3", "PY_NO_ANALYTICS": "2", "PIP_NO_ANALYTICS": "1"})
    assert decision.origin == "PIP_NO_ANALYTICS"
    assert [(setting.origin, setting.value) for setting in decision.considered] == list(zip(VARIABLES, "123"))
    assert decision.overridden == decision.considered[1:]


@pytest.mark.parametrize(
    "name", ["PIP_ANALYTICS", "NO_ANALYTICS", "pip_no_analytics", "DO_NOT_TRACK", "UV_NO_ANALYTICS"]
)
def test_d10_no_other_variable_counts(name: str) -> None:
    assert pep786.resolve("pip", environ={name: "1"}).source == "default"


@pytest.mark.parametrize(("flag", "origin"), [(True, "--no-analytics"), (False, "--analytics")])
def test_a_flag_beats_everything(flag: bool, origin: str, person: Person) -> None:
    person.files["pip.conf"].write_text(f"[global]\nno-analytics = {'false' if flag else 'true'}\n")
    decision = person.resolve(flag=flag, PY_NO_ANALYTICS="1")
    assert (decision.opted_out, decision.source, decision.origin) == (flag, "flag", origin)


def test_the_environment_beats_configuration_whatever_its_value_says(person: Person) -> None:
    person.files["pip.conf"].write_text("[global]\nno-analytics = false\n")
    decision = person.resolve(PIP_NO_ANALYTICS="0")
    assert decision.opted_out
    assert [(s.source, s.opted_out) for s in decision.considered] == [("environment", True), ("config", False)]


def test_no_tool_means_no_configuration(person: Person) -> None:
    person.files["own"].write_text("no-analytics = true\n")
    assert person.resolve(tool=None).source == "default"
    assert person.resolve(tool="anything").source == "config"


PROJECT_AND_PERSON = {
    "D6: a project opts out": ("true", None, True, "pyproject"),
    "D6: a project opts out although the person's file says no": ("true", "false", True, "pyproject"),
    "D6: a project does not undo the person's opt-out": ("false", "true", True, "pip.conf"),
    "both opt out: the tool's own ranking names the origin": ("true", "true", True, "pip.conf"),
    "D6: a project's false is heard where nobody else speaks": ("false", None, False, "pyproject"),
    "the person's false is heard": (None, "false", False, "pip.conf"),
    "both say no: the tool's own ranking names the origin": ("false", "false", False, "pip.conf"),
}


@pytest.mark.parametrize(("project", "own", "opted_out", "origin"), PROJECT_AND_PERSON.values(), ids=PROJECT_AND_PERSON)
def test_d6_a_project_can_opt_out_and_not_in(
    project: str | None, own: str | None, opted_out: bool, origin: str, person: Person
) -> None:
    if project:
        person.files["pyproject"].write_text(f"[tool.pip]\nno-analytics = {project}\n")
    if own:
        person.files["pip.conf"].write_text(f"[global]\nno-analytics = {own}\n")
    decision = person.resolve()
    assert decision.opted_out is opted_out
    assert decision.source == "config"
    assert decision.considered[0].file == str(person.files[origin])
    assert len(decision.considered) == sum(word is not None for word in (project, own))


def test_d5_the_persons_file_outranks_the_machines(person: Person) -> None:
    person.files["machine"].write_text("[global]\nno-analytics = true\n")
    person.files["pip.conf"].write_text("[global]\nno-analytics = no\n")
    assert not person.resolve()


def test_d17_the_neutral_table_is_below_the_tools_own(person: Person) -> None:
    person.files["pyproject"].write_text("[tool.pep786]\nno-analytics = true\n[tool.uv]\nno-analytics = false\n")
    assert person.resolve("poetry").opted_out
    assert not person.resolve("uv").opted_out


def test_d17a_our_own_file_is_below_the_tools_own(person: Person) -> None:
    person.files["own"].write_text("no-analytics = true\n")
    assert person.resolve("pdm").origin == "~/.config/pep786/config.toml no-analytics"
    person.files["pip.conf"].write_text("[global]\nno-analytics = off\n")
    assert not person.resolve("pip")


def test_the_origin_names_file_section_and_key(person: Person) -> None:
    person.files["pip.conf"].write_text("[global]\ntimeout = 3\nno_analytics = yes\n")
    decision = person.resolve()
    assert decision.origin == "~/.config/pip/pip.conf [global] no_analytics"
    assert (decision.considered[0].line, decision.considered[0].value) == (3, "yes")


def test_a_warning_is_told_once_and_names_what_was_expected(person: Person) -> None:
    person.files["pip.conf"].write_text("[global]\nno-analytics = perhaps\n")
    decision = person.resolve()
    assert decision.opted_out
    (warning,) = decision.warnings
    for part in ("pip.conf", "line 2", "no-analytics", "perhaps"):
        assert part in warning


def test_pips_command_section_counts_for_that_command_only(person: Person) -> None:
    person.files["pip.conf"].write_text("[download]\nno-analytics = true\n")
    environ = {"HOME": str(person.root / "home")}
    assert pep786.resolve("pip", environ=environ, command="download", cwd=person.project)
    assert not pep786.resolve("pip", environ=environ, command="install", cwd=person.project)


def test_d9_isolated_leaves_out_the_persons_file_and_keeps_the_variables(person: Person) -> None:
    person.files["pip.conf"].write_text("[global]\nno-analytics = true\n")
    environ = {"HOME": str(person.root / "home")}
    assert not pep786.resolve("pip", environ=environ, isolated=True, cwd=person.project)
    assert pep786.resolve("pip", environ={**environ, "PY_NO_ANALYTICS": "1"}, isolated=True)


HANDED_ON = {
    "an opt-out by flag": (Setting("flag", True, "--no-analytics"), {}, {"PIP_NO_ANALYTICS": "1"}),
    "a variable that is set stays as it is": (
        Setting("flag", True, "--no-analytics"),
        {"PY_NO_ANALYTICS": "0"},
        {"PY_NO_ANALYTICS": "0"},
    ),
    "--analytics takes the variables away": (
        Setting("flag", False, "--analytics"),
        dict.fromkeys(VARIABLES, "1"),
        {resolver.HANDED_ON: "0"},
    ),
    "--no-analytics under a tool that was given --analytics": (
        Setting("flag", True, "--no-analytics"),
        {resolver.HANDED_ON: "0"},
        {"PIP_NO_ANALYTICS": "1"},
    ),
    "an opt-out by configuration is marked as one": (
        Setting("config", True, "pip.conf"),
        {},
        {"PIP_NO_ANALYTICS": "1", resolver.HANDED_ON: "config"},
    ),
    "the mark that a tool scrubbed": (
        Setting("config", True, "pip.conf"),
        {"PIP_NO_ANALYTICS": "1"},
        {"PIP_NO_ANALYTICS": "1", resolver.HANDED_ON: "config"},
    ),
    "configuration under a variable that somebody set for the child": (
        Setting("config", True, "pip.conf"),
        {"PIP_NO_ANALYTICS": "yes", resolver.HANDED_ON: "config"},
        {"PIP_NO_ANALYTICS": "yes"},
    ),
    "--no-analytics under a tool that was configured": (
        Setting("flag", True, "--no-analytics"),
        {"PIP_NO_ANALYTICS": "1", resolver.HANDED_ON: "config"},
        {"PIP_NO_ANALYTICS": "1"},
    ),
    "a person's variable under a tool that was configured": (
        Setting("environment", True, "PY_NO_ANALYTICS"),
        {"PIP_NO_ANALYTICS": "1", "PY_NO_ANALYTICS": "1", resolver.HANDED_ON: "config"},
        {"PIP_NO_ANALYTICS": "1", "PY_NO_ANALYTICS": "1"},
    ),
    "--analytics": (
        Setting("flag", False, "--analytics"),
        {"PIP_NO_ANALYTICS": "1", "PY_NO_ANALYTICS": "1", "PYTHON_NO_ANALYTICS": "1", resolver.HANDED_ON: "config"},
        {resolver.HANDED_ON: "0"},
    ),
    "a file that says no, which the child reads too": (Setting("config", False, "pip.conf"), {}, {}),
    "a variable that is there": (
        Setting("environment", True, "PY_NO_ANALYTICS"),
        {"PY_NO_ANALYTICS": "0"},
        {"PY_NO_ANALYTICS": "0"},
    ),
    "a variable that was scrubbed": (Setting("environment", True, "PY_NO_ANALYTICS"), {}, {"PIP_NO_ANALYTICS": "1"}),
    "nobody decided": (None, {"PATH": "x"}, {"PATH": "x"}),
}


@pytest.mark.parametrize(("setting", "before", "after"), HANDED_ON.values(), ids=HANDED_ON)
def test_d8_the_decision_is_handed_on(setting: Setting | None, before: dict[str, str], after: dict[str, str]) -> None:
    environ = dict(before)
    resolver.hand_on(Decision([setting] if setting else []), environ)
    assert environ == after


@pytest.mark.parametrize("scope", ["project", "user", "named"])
def test_d8_a_file_that_says_no_speaks_to_another_run_of_the_same_tool(scope: Any) -> None:
    """Which may have another section for what it runs. But a project's file is no flag."""
    environ: dict[str, str] = {}
    decision = Decision([Setting("config", None, "broken"), Setting("config", False, "pip.conf", scope=scope)])
    resolver.hand_on(decision, environ, same_tool=True)
    assert environ == ({} if scope == "project" else {resolver.HANDED_ON: "0"})


@pytest.mark.parametrize(
    ("variables", "source"),
    [
        ({"PIP_NO_ANALYTICS": "1"}, "config"),
        ({"PIP_NO_ANALYTICS": "1", "PY_NO_ANALYTICS": ""}, "config"),
        ({"PIP_NO_ANALYTICS": "0"}, "environment"),
        ({"PIP_NO_ANALYTICS": "1", "PYTHON_NO_ANALYTICS": "1"}, "environment"),
        ({"PY_NO_ANALYTICS": "1"}, "environment"),
        ({}, "default"),
    ],
)
def test_d8_a_child_knows_that_configuration_decided(variables: dict[str, str], source: str) -> None:
    """And that a person has said something since."""
    environ = {resolver.HANDED_ON: "config", **variables}
    decision = pep786.resolve(environ=environ)
    assert (decision.source, decision.opted_out) == (source, bool(variables))
    assert pep786.resolve(environ=environ, flag=False).source == "flag"
    handed_on = {"PIP_NO_ANALYTICS": variables.get("PIP_NO_ANALYTICS", "")}
    resolver.hand_on(decision, handed_on)
    assert (resolver.HANDED_ON in handed_on) is (source == "config")


@pytest.mark.parametrize(
    ("value", "origin", "shown"),
    [
        ("0", "--analytics, handed on by the tool that started this one", "0"),
        ("config", "configuration, handed on by the tool that started this one", "1"),
    ],
)
def test_d8_a_child_tells_whose_decision_it_follows(value: str, origin: str, shown: str) -> None:
    decision = pep786.resolve(environ={resolver.HANDED_ON: value, "PIP_NO_ANALYTICS": "1"})
    assert decision.origin == origin
    assert (decision.considered[0].opted_out, decision.considered[0].value) == (value == "config", shown)


@pytest.mark.parametrize("flag", [True, False])
def test_d8_a_child_decides_as_its_parent_did(flag: bool, person: Person) -> None:
    person.files["pip.conf"].write_text(f"[install]\nno-analytics = {'false' if flag else 'true'}\n")
    environ = {"HOME": str(person.root / "home"), "PYTHON_NO_ANALYTICS": "" if flag else "1"}
    resolver.hand_on(pep786.resolve("pip", flag=flag, environ=environ), environ)
    assert pep786.resolve("pip", environ=environ, command="install", cwd=person.project).opted_out is flag


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({}, {"User-Agent": "mytool/1.0"}, id="not opted out"),
        pytest.param(
            {"PY_NO_ANALYTICS": "1"},
            {"User-Agent": "mytool/1.0 (no-analytics)", "Prefer": "no-analytics"},
            id="opted out",
        ),
        pytest.param(
            {"PY_NO_ANALYTICS": "1", "PEP786_USER_AGENT": "0"},
            {"User-Agent": "mytool/1.0", "Prefer": "no-analytics"},
            id="D19: the suffix left out",
        ),
        pytest.param(
            {"PY_NO_ANALYTICS": "evil\r\nX-Injected: 1"},
            {"User-Agent": "mytool/1.0 (no-analytics)", "Prefer": "no-analytics"},
            id="nothing of the environment gets into a header",
        ),
    ],
)
def test_build_headers(variables: dict[str, str], expected: dict[str, str]) -> None:
    assert pep786.build_headers("mytool/1.0", environ=variables) == expected
    assert pep786.wants_analytics_opt_out(environ=variables) is ("Prefer" in expected)


ASKED = {
    "nothing": ({}, False),
    "a tool": ({"tool": "pip"}, True),
    "a tool that is not configured": ({"tool": "hatch"}, False),
    "a flag": ({"flag": True}, True),
    "a flag against the configuration": ({"tool": "pip", "flag": False}, False),
    "a tool elsewhere": ({"tool": "pip", "cwd": "elsewhere"}, False),
    "variables": ({"environ": {"PY_NO_ANALYTICS": "1"}}, True),
}


@pytest.mark.parametrize(("asked", "opted_out"), ASKED.values(), ids=ASKED)
def test_the_three_names_of_the_question_get_one_answer(
    asked: dict[str, Any], opted_out: bool, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default for this process: its variables, its directory."""
    person.files["pyproject"].write_text("[tool.pip]\nno-analytics = true\n")
    elsewhere = person.root / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(person.project)
    if "cwd" in asked:
        asked = {**asked, "cwd": elsewhere}
    assert pep786.resolve(**asked).opted_out is opted_out
    assert pep786.wants_analytics_opt_out(**asked) is opted_out
    assert ("Prefer" in pep786.build_headers("mytool/1.0", **asked)) is opted_out


@pytest.mark.parametrize(
    ("value", "user_agent"), [(None, "x (no-analytics)"), ("", "x (no-analytics)"), ("1", "x (no-analytics)"),
                              ("0", "x"), (" No ", "x"), ("OFF", "x"), ("false", "x"), ("maybe", "x (no-analytics)")]
)  # fmt: skip
def test_d19_the_switch_of_the_suffix_in_the_environment_of_the_process(
    value: str | None, user_agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv("PEP786_USER_AGENT", value)
    assert pep786.build_headers("x", flag=True)["User-Agent"] == user_agent


def test_a_decision_by_the_environment_reads_no_file(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> list[Setting]:
        raise AssertionError("a file was looked for")

    monkeypatch.setattr("pep786.config.settings", read)
    decision = person.resolve(PY_NO_ANALYTICS="1")
    assert decision.opted_out
    with pytest.raises(AssertionError, match="looked for"):
        assert decision.considered


_flags = st.sampled_from([None, True, False])
_values = st.sampled_from([None, "", "0", "1"])
_keys = st.sampled_from([None, "true", "false", "maybe"])


@pytest.mark.property
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flag=_flags, values=st.tuples(_values, _values, _values), keys=st.tuples(_keys, _keys, _keys, _keys))
def test_a_weaker_source_never_changes_a_decision(
    flag: bool | None,
    values: tuple[str | None, ...],
    keys: tuple[str | None, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    person = Person(tmp_path_factory.mktemp("person"))
    variables: dict[str, Any] = {name: value for name, value in zip(VARIABLES, values) if value is not None}
    headings = ("[global]", "", "[global]", "[tool.pip]")
    for file, heading, key in zip(person.files.values(), headings, keys):
        if key:
            file.write_text(f"{heading}\nno-analytics = {key}\n" if key != "maybe" or "pip.conf" in str(file) else "")
    everything = person.resolve(flag=flag, **variables)
    if flag is not None:
        assert (everything.opted_out, everything.source) == (flag, "flag")
    elif any(values):
        assert (everything.opted_out, everything.source) == (True, "environment")
    speaking = [setting for setting in everything.considered if setting.opted_out is not None]
    if speaking:
        assert everything.opted_out is speaking[0].opted_out
        assert everything.origin == speaking[0].origin
    else:
        assert everything.source == "default"


@pytest.mark.property
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["pip.conf", "own", "machine", "pyproject"]),
    content=st.binary(max_size=200),
    mention=st.booleans(),
)
def test_no_input_file_makes_resolve_raise(
    name: str, content: bytes, mention: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    person = Person(tmp_path_factory.mktemp("person"))
    person.files[name].write_bytes(content + (b"\nno-analytics = " + content if mention else b""))
    for tool in ("pip", "uv", "poetry", "pdm", "hatch", "pipenv", "else"):
        assert person.resolve(tool).as_dict()["source"] in ("config", "default")
