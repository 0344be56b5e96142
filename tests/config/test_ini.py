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
