"""RFC 7240's grammar, written down plainly: one character after the other, nothing clever.

The product reads Prefer in another way, for speed; the tests hold it to this one.
"""

from __future__ import annotations

from typing import List, Tuple

from hypothesis import strategies as st

Preference = Tuple[str, str, List[Tuple[str, str]]]

_TCHAR = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_tokens = st.one_of(st.just("no-analytics"), st.text(_TCHAR, min_size=1, max_size=8))
_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)

preferences = st.tuples(_tokens, _values, st.lists(st.tuples(_tokens, _values), max_size=2))

#: Text that is made of what matters in a Prefer field, in no sensible order.
near_misses = st.lists(
    st.sampled_from(["no-analytics", "No-Analytics", ",", '"', "\\", " ", "\t", "=", ";", "x", "\x0b", "é"]),
    max_size=14,
).map("".join)


def formatted(preferences: list[Preference]) -> str:
    """A Prefer field value. Values are quoted, so that any printable text can be one."""
    return ", ".join(
        ";".join(_pair(name, value) for name, value in [(name, value), *rest]) for name, value, rest in preferences
    )


def parse(field: str) -> list[Preference]:
    """The preferences of a well-formed field value (RFC 7240 section 2)."""
    parsed = []
    for element in split(field, ","):
        if element.strip():
            (name, value), *rest = (_unpair(part) for part in split(element, ";"))
            parsed.append((name, value, rest))
    return parsed


def opted_out(field: str) -> bool:
    """Whether an element is named no-analytics, the elements before it being closed."""
    for element in split(field, ","):
        name = element
        for stop in "=;":
            name = name.split(stop, 1)[0]
        if name.strip("\t\n\r ").isascii() and name.strip("\t\n\r ").lower() == "no-analytics":
            return True
    return False


def split(text: str, separator: str) -> list[str]:
    """The parts between separators outside quoted strings; a string that never closes runs to the end."""
    parts, part, quoted, escaped = [], "", False, False
    for character in text:
        if character == separator and not quoted:
            parts.append(part)
            part = ""
            continue
        part += character
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
    return [*parts, part]


def _pair(name: str, value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{quoted}"' if value else name


def _unpair(text: str) -> tuple[str, str]:
    name, _, value = text.strip("\t ").partition("=")
    plain, escaped = "", False
    for character in value[1:-1]:
        if character == "\\" and not escaped:
            escaped = True
        else:
            plain, escaped = plain + character, False
    return name, plain
