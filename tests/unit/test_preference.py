"""The signal, written and read (PEP 786, "HTTP Header", "User Agent Suffix"; RFC 7240; design, D12, D16)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pep786 import preference
from tests import grammar

OPTED_OUT = {
    "the plain signal": "no-analytics",
    "another case (D16)": "NO-Analytics",
    "after another, without a blank": "respond-async,no-analytics",
    "in the middle, parameters on both sides": 'return=minimal; a="x", no-analytics; q=1, wait=10',
    "with a parameter": "no-analytics;foo",
    "with blanks before its parameter": "no-analytics ; foo",
    "an empty value is no value": 'no-analytics=""',
    "any value: presence decides (D16)": "no-analytics=0",
    "blanks around the equals sign": "no-analytics = 1",
    "tabs around it": "\tno-analytics\t",
    "among empty elements": ",, no-analytics ,,",
    "two field lines": ["respond-async", "no-analytics"],
    "an empty first line": ["", "no-analytics"],
    "after a malformed neighbour (D16)": "a=b=c, no-analytics",
    "after a neighbour with commas in quotes": 'a="b, c"; d="e, f", no-analytics',
    "after an escaped backslash that ends a string": r'a="b\\", no-analytics',
    "after an escaped quote": r'a="\"", no-analytics',
    "after a neighbour that is not ASCII": "café, no-analytics",
    "its own value never closes": 'no-analytics="x',
    "its own parameter never closes": 'no-analytics; x="a, b',
    "a backslash outside quotes escapes nothing": r'\"a", no-analytics',
    "a backslash outside quotes, and one within": r'\"\"", no-analytics',
}
NOT_OPTED_OUT = {
    "empty": "",
    "nothing": None,
    "no line": [],
    "another token that ends like it": "x-no-analytics",
    "another token that begins like it": "no-analytics-x",
    "a parameter of another (D16)": "foo; no-analytics",
    "a value": "foo=no-analytics",
    "a quoted value": 'foo="no-analytics"',
    "in a quoted list (D16)": 'foo="a, no-analytics"',
    "a quoted string is no token (D16)": '"no-analytics"',
    "an underscore": "no_analytics",
    "two words": "no analytics",
    "a backslash outside quotes, and a string that stays open": r"\"\", no-analytics",
    "a slash": "no-analytics/1",
    "a stray quote after it": 'no-analytics"',
    "an odd quote before it": 'a="x"y"z, no-analytics',
    "a soft hyphen": "no\u00adanalytics",
    "a vertical tab is no blank": "no-analytics\x0b",
    "a quote that opens in one line and closes in the next": ['a="x', 'no-analytics"'],
    "a letter that folds to s": "no-analytic\u017f",
    "a letter that folds to k, i": "no-analyt\u0130cs",
}


@pytest.mark.parametrize("prefer", OPTED_OUT.values(), ids=OPTED_OUT)
def test_opted_out(prefer: str | list[str]) -> None:
    assert preference.opted_out(prefer)
    assert preference.opted_out([line.encode("latin-1") for line in ([prefer] if isinstance(prefer, str) else prefer)])


@pytest.mark.parametrize("prefer", NOT_OPTED_OUT.values(), ids=NOT_OPTED_OUT)
def test_not_opted_out(prefer: str | list[str] | None) -> None:
    assert not preference.opted_out(prefer)


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        pytest.param("pip/24.0 (no-analytics)", True, id="the PEP's example"),
        pytest.param("(no-analytics)", True, id="alone"),
        pytest.param('pip/26.3 {"a":"b"} (no-analytics)', True, id="after pip's JSON"),
        pytest.param('pip/26.3 (no-analytics) {"a":"b"}', True, id="before pip's JSON"),
        pytest.param("b/8 (x 3) (no-analytics) aiohttp/3", True, id="between other comments"),
        pytest.param('pip/26.3 {"user_data":"x (no-analytics) y"}', False, id="a person's text inside the JSON"),
        pytest.param("pip/24.0(no-analytics)", False, id="no blank before it"),
        pytest.param("pip/24.0 (no-analytics; x)", False, id="another comment"),
        pytest.param("pip/24.0 (no-analytics", False, id="never closes"),
        pytest.param("pip/24.0 no-analytics", False, id="no parentheses"),
        pytest.param("", False, id="empty"),
    ],
)
def test_user_agent_comment(user_agent: str, expected: bool) -> None:
    assert preference.opted_out(None, user_agent) is expected
    assert preference.opted_out("respond-async", user_agent.encode()) is expected


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        pytest.param(None, "no-analytics", id="nothing there"),
        pytest.param("  ", "no-analytics", id="blank"),
        pytest.param("respond-async", "respond-async, no-analytics", id="another preference is kept"),
        pytest.param("no-analytics", "no-analytics", id="once"),
        pytest.param("wait=1, No-Analytics; x", "wait=1, No-Analytics; x", id="once, spelled otherwise"),
        pytest.param('a="no-analytics"', 'a="no-analytics", no-analytics', id="a quoted one does not count"),
        pytest.param('a="b', 'no-analytics, a="b', id="a quote that never closes would swallow it"),
    ],
)
def test_d12_prefer_is_kept_and_extended_once(existing: str | None, expected: str) -> None:
    assert preference.prefer(existing) == expected
    assert preference.prefer(expected) == expected


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        pytest.param("pip/24.0", "pip/24.0 (no-analytics)", id="at the end"),
        pytest.param("pip/24.0 (no-analytics)", "pip/24.0 (no-analytics)", id="once"),
        pytest.param(None, "(no-analytics)", id="no User-Agent"),
        pytest.param(
            'pip/1 {"u":"(no-analytics)"}', 'pip/1 {"u":"(no-analytics)"} (no-analytics)', id="JSON does not count"
        ),
    ],
)
def test_d12_suffix_is_appended_once(existing: str | None, expected: str) -> None:
    assert preference.user_agent(existing) == expected
    assert preference.user_agent(expected) == expected


@pytest.mark.parametrize(
    ("existing", "left"),
    [
        ("no-analytics", None),
        ("respond-async, no-analytics", "respond-async"),
        ('no-analytics; x="a, b", wait=1', "wait=1"),
        ('a="x, no-analytics", no-analytics', 'a="x, no-analytics"'),
        ("respond-async", "respond-async"),
        ("", ""),
        (" no-analytics; x ", None),
        ("a,b;c,no-analytics=1,d", "a,b;c,d"),
        ("no-analytics, No-Analytics", None),
        (",, no-analytics ,,", None),
        ("a,, no-analytics,\tb", "a,,\tb"),
        ('no-analytics, a="b', 'a="b'),
        ('no-analytics, a="b,', 'a="b,'),
        ('no-analytics="x', None),
        ('a, no-analytics="x,', "a"),
        ("\u0130\u0130, no-analytics, \u0130", "\u0130\u0130, \u0130"),
        (r'a="\", no-analytics, \"", no-analytics, b', r'a="\", no-analytics, \"", b'),
        (r'\"a, ", no-analytics, b="\"', r'\"a, ", b="\"'),
    ],
)
def test_the_preference_is_taken_off_and_the_others_stay(existing: str, left: str | None) -> None:
    assert preference.without_prefer(existing) == left


def test_a_value_without_the_preference_is_the_very_object() -> None:
    for value in ("wait=10, respond-async", 'a="no-analytics"', ""):
        assert preference.without_prefer(value) is value
    for value in ("pip/26.3", PIP, ""):
        assert preference.without_user_agent(value) is value


PIP = 'pip/26.3 {"user_data":"x (no-analytics) y"}'


@pytest.mark.parametrize(
    ("existing", "left"),
    [
        pytest.param("pip/24.0 (no-analytics)", "pip/24.0", id="at the end"),
        pytest.param("pip/24.0", "pip/24.0", id="none there"),
        pytest.param("(no-analytics)", "", id="alone"),
        pytest.param("(no-analytics) pip/24.0", "pip/24.0", id="at the start"),
        pytest.param("pip/24.0  (no-analytics)", "pip/24.0", id="blanks before it"),
        pytest.param("b/8 (x 3) (no-analytics) aiohttp/3", "b/8 (x 3) aiohttp/3", id="in the middle"),
        pytest.param("b/8\t(no-analytics) aiohttp/3", "b/8 aiohttp/3", id="after a tab"),
        pytest.param("a (no-analytics) (no-analytics) b", "a b", id="twice"),
        pytest.param("a (no-analytics)(no-analytics)", "a (no-analytics)(no-analytics)", id="two in one word"),
        pytest.param("pip/24.0(no-analytics)", "pip/24.0(no-analytics)", id="part of a word"),
        pytest.param("a b(no-analytics)", "a b(no-analytics)", id="part of a short word"),
        pytest.param("pipX(no-analytics)", "pipX(no-analytics)", id="part of another word"),
        pytest.param("pipX (no-analytics)", "pipX", id="after a capital"),
        pytest.param("pip\x0b (no-analytics)", "pip\x0b", id="after what is no blank"),
        pytest.param("Xa (no-analytics) bX", "Xa bX", id="between capitals"),
        pytest.param("\x0ba (no-analytics) b\x0b", "\x0ba b\x0b", id="between what is no blank"),
        pytest.param(PIP, PIP, id="a person's text"),
        pytest.param(f"{PIP} (no-analytics)", PIP, id="after pip's JSON, whose text stays"),
        pytest.param(f"a (no-analytics) {PIP} (no-analytics) b", f"a {PIP} b", id="before and after"),
        pytest.param(f"(no-analytics) {PIP}", PIP, id="at the start, before pip's JSON"),
        pytest.param('a (no-analytics) " (no-analytics)', 'a "', id="around a single quote"),
        pytest.param('a (no-analytics)"b', 'a (no-analytics)"b', id="up against a quote"),
    ],
)
def test_the_suffix_is_taken_off_where_it_is_seen(existing: str, left: str) -> None:
    assert preference.without_user_agent(existing) == left
    assert not preference.opted_out(None, left)


@pytest.mark.property
@given(st.lists(grammar.preferences))
def test_parse_undoes_format(preferences: list[grammar.Preference]) -> None:
    assert grammar.parse(grammar.formatted(preferences)) == preferences


@pytest.mark.property
@given(st.lists(grammar.preferences))
def test_merging_keeps_the_other_preferences(preferences: list[grammar.Preference]) -> None:
    merged = grammar.parse(preference.prefer(grammar.formatted(preferences)))
    if any(name.lower() == "no-analytics" for name, *_ in preferences):
        assert merged == preferences
    else:
        assert merged == [*preferences, ("no-analytics", "", [])]


@pytest.mark.property
@given(grammar.near_misses)
def test_the_fast_path_agrees_with_the_plain_grammar(value: str) -> None:
    assert preference.opted_out(value) == grammar.opted_out(value)


@pytest.mark.property
@given(grammar.near_misses)
def test_writing_then_reading_always_says_yes_and_taking_off_no(value: str) -> None:
    written = preference.prefer(value)
    assert preference.opted_out(written)
    left = preference.without_prefer(written)
    assert left is None or not preference.opted_out(left)


@pytest.mark.property
@given(grammar.near_misses)
def test_taking_off_leaves_the_other_elements_as_they_are(value: str) -> None:
    left = [element.strip("\t\n\r ,") for element in grammar.split(preference.without_prefer(value) or "", ",")]
    others = [element for element in grammar.split(value, ",") if not grammar.opted_out(element)]
    assert [element for element in left if element] == [
        element.strip("\t\n\r ,") for element in others if element.strip("\t\n\r ,")
    ]


@pytest.mark.property
@given(st.lists(st.sampled_from(["(no-analytics)", " ", "\t", '"', "x", "(y)", "\n"]), max_size=12).map("".join))
def test_a_user_agent_without_the_comment_asks_for_nothing_and_has_all_else(value: str) -> None:
    left = preference.without_user_agent(value)
    assert not preference.opted_out(None, left)
    assert "".join(left.replace("(no-analytics)", "").split()) == "".join(value.replace("(no-analytics)", "").split())
    if not preference.opted_out(None, value):
        assert left == value
