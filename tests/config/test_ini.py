"""Where the key stands in a pip.conf, by the lines that configparser reads as it does."""

from __future__ import annotations

import pytest

from pep786.config import ini

LINES = {
    "below an address with brackets": ("[global]\nindex-url = https://[::1]/simple\nno-analytics = yes\n", 3),
    "below a value that goes on with one letter": ("[global]\nx = a\n b\nno-analytics = yes\n", 4),
    "below a comment": ("[global]\n# no-analytics = no\n; no-analytics = no\nno-analytics = yes\n", 4),
    "with a colon": ("[global]\nno-analytics: yes\n", 2),
    "with an equals sign in its value": ("[global]\nno-analytics = a=b\n", 2),
    "with a colon in its value": ("[global]\nno-analytics = a:b\n", 2),
    "in the second of two sections": ("[install]\nno-analytics = no\n[global]\nno-analytics = yes\n", 4),
}


@pytest.mark.parametrize(("text", "line"), LINES.values(), ids=LINES)
def test_the_line_of_the_key(text: str, line: int) -> None:
    assert ini.parse(text)["global"].line == line


def test_a_section_may_have_a_bracket_in_its_name() -> None:
    """It is "a" before Python 3.10, else "a]b"."""
    (found,) = ini.parse("[a]b]\nno-analytics = yes\n").values()
    assert found.line == 2


def test_no_value_is_an_empty_one() -> None:
    assert ini.parse("[global]\nno-analytics =\n")["global"].value == ""


SPELT = {
    "an opt-out first": ("no-analytics = true\nno_analytics = false\n", "true", 2),
    "an opt-out last": ("no-analytics = false\nNo_Analytics = true\n", "true", 3),
    "what is no word": ("no-analytics = false\nno_analytics = perhaps\n", "perhaps", 3),
    "no opt-out": ("no_analytics = false\n--no-analytics = off\n", "false", 2),
}


@pytest.mark.parametrize(("text", "value", "line"), SPELT.values(), ids=SPELT)
def test_of_two_spellings_an_opt_out_counts(text: str, value: str, line: int) -> None:
    """pip 24.2 goes by the last, pip 26.3 refuses the file."""
    found = ini.parse(f"[global]\n{text}")["global"]
    assert (found.value, found.line) == (value, line)
    assert ini.parse(f"[global]\nx = 1\n[DEFAULT]\n{text}")["global"].value == value
    assert ini.parse(f"[global]\nno-analytics = off\n[DEFAULT]\n{text}")["global"].value == "off"
    assert set(ini.parse(f"[DEFAULT]\n{text}[a]\n[b]\n")) == {"a", "b"}


def test_other_names_in_two_spellings_hide_no_opt_out() -> None:
    text = "[global]\nno-analytics = true\nextra-index-url = a\nextra_index_url = b\n"
    assert ini.parse(text)["global"].value == "true"
    with pytest.raises(ValueError, match=r"^line 3: a name stands twice in one section$"):
        ini.parse("[global]\nno-analytics = true\nNo-Analytics = true\n")
