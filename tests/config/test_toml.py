"""The key in a TOML file: where it stands, what a file may cost, what is told of one that cannot be parsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pep786.config import toml

if TYPE_CHECKING:
    from .conftest import Machine

OWN = "~/.config/pep786/config.toml"

# Each mentions the key before the line in which it is.
LINES = {
    "below a mention": ('x = "no-analytics"\nno-analytics = true', "else", 2),
    "after another table's": ("[tool.x]\nno-analytics = 1\n[tool.pip]\nno-analytics = true", "pip", 4),
    "a header with blanks and quotes": (
        "[tool.x]\nno-analytics = 1\n[\t'tool' . \"pip\" ]\nno-analytics = true",
        "pip",
        4,
    ),
    "a header that is indented": ("[tool.x]\nno-analytics = 1\n  [tool.pip]\nno-analytics = true", "pip", 4),
    "a key in quotes": ('[tool.x]\nno-analytics = 1\n[tool.pip]\n\t"no-analytics"\t= true\r\n', "pip", 4),
    "a key in other quotes": ("[tool.x]\nno-analytics = 1\n[tool.pip]\n'no-analytics' = true", "pip", 4),
    "a header with a comment": ("[tool.x]\nno-analytics = 1\n[tool.pip] # = [x]\nno-analytics = true", "pip", 4),
    "an equals sign in what follows": ('[tool.x]\nno-analytics = 1\n[tool.pip]\nno-analytics = "a=b"', "pip", 4),
    "below a comment": ("[tool.pip]\n# no-analytics = false\nno-analytics = true", "pip", 3),
    "below a comment, in an inline table": ("# no-analytics\n[tool]\npip = { no-analytics = true }", "pip", 3),
    "a list of lists before it": (
        '[tool.x]\nno-analytics = 1\n[tool.pip]\nx = [\n["a=1"],\n[\n2\n]\n]\nno-analytics = true',
        "pip",
        10,
    ),
    "a tool with dots in its name": ('[tool.x]\nno-analytics = 1\n[tool."a.b.c"]\nno-analytics = true', "a.b.c", 4),
    "written so that no search finds it": (
        '# no-analytics\n[tool]\npip = { "no\\u002danalytics" = true }',
        "pip",
        None,
    ),
}


@pytest.mark.parametrize(("content", "tool", "line"), LINES.values(), ids=LINES)
def test_the_line_that_a_person_is_sent_to(machine: Machine, content: str, tool: str, line: int | None) -> None:
    machine.write(OWN if tool == "else" else "./pyproject.toml", content)
    (setting,) = machine.settings(tool)
    assert setting.opted_out is True
    assert setting.line == line


@pytest.mark.parametrize("key", ["no\\u002danalytics", "no\\U0000002Danalytics"])
def test_an_escape_does_not_hide_the_key(machine: Machine, key: str) -> None:
    machine.write(OWN, f'"{key}" = true\n')
    (setting,) = machine.settings("pip")
    assert setting.opted_out is True


@pytest.mark.parametrize(
    "content", ['tool = "no-analytics"', "[tool]\npip = [{no-analytics = true}]", "[[tool]]\npip.no-analytics = true"]
)
def test_a_table_that_is_none_says_nothing(machine: Machine, content: str) -> None:
    machine.write("./pyproject.toml", content)
    assert machine.settings("pip") == []


REASONS = {
    "nested too deeply": ("no-analytics = " + "[" * 100_000, "it is nested too deeply"),
    "too many dots": ("no-analytics.a" + ".a" * 10_000 + " = 1", "its dotted keys are too long"),
    "no TOML": ("no-analytics = ", "Invalid value (at end of document)"),
}


@pytest.mark.parametrize(("content", "reason"), REASONS.values(), ids=REASONS)
def test_d7_why_a_file_is_skipped(machine: Machine, content: str, reason: str) -> None:
    machine.write(OWN, content)
    (setting,) = machine.settings("pip")
    assert setting.warning == f"{OWN} cannot be parsed, {reason}; skipped"


def test_the_parsers_own_words_are_cut(machine: Machine) -> None:
    machine.write(OWN, "no-analytics = 1\n" + f"[{'a' * 200}]\n" * 2)
    (setting,) = machine.settings("pip")
    reason = str(setting.warning)[len(f"{OWN} cannot be parsed, ") : -len("; skipped")]
    assert len(reason) == 103
    assert reason.endswith("aaa...")


# In the parser's steps: for each line, the parts of its key times those that it walks through.
COSTS = {
    "no dots": ("a = 1\nb = 2", 0),
    "one": ("a.b = 1", 2),
    "five": ("a.b.c.d.e.f = 1", 30),
    "two lines": ("a.b = 1\nc.d = 1", 4),
    "below a header, and its own": ("[a.b.c]\nd.e = 1", 18),
    "below a header that is indented": ("  [a.b.c]\nd = 1", 14),
    "the longest header counts": ("[a.b.c]\n[d]\ne = 1", 16),
}


@pytest.mark.parametrize(("text", "cost"), COSTS.values(), ids=COSTS)
def test_what_a_file_may_cost(text: str, cost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toml, "BUDGET", cost)
    assert toml.parse(text)
    monkeypatch.setattr(toml, "BUDGET", cost - 1)
    with pytest.raises(ValueError, match=r"^its dotted keys are too long$"):
        toml.parse(text)


def test_a_text_is_parsed_once_and_a_changed_file_is_another_text(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    parse = toml.parse

    def watched(text: str) -> dict[str, object]:
        texts.append(text)
        return parse(text)

    monkeypatch.setattr(toml, "parse", watched)
    for value, decided in (("true", True), ("true", True), ("false", False), ("true", True)):
        machine.write("./pyproject.toml", f"[tool.pip]\nno-analytics = {value}\n")
        assert [found.opted_out for found in machine.settings("pip")] == [decided]
    assert [text.split()[-1] for text in texts] == ["true", "false"]


def test_not_every_text_is_kept() -> None:
    for number in range(40):
        assert toml.parsed(f"a = {number}") == {"a": number}
        assert 1 <= len(toml._seen) <= toml._MAX_SEEN
