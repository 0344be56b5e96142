"""Every format's verdict is the exact decision, after its writer's escaping is undone."""

from __future__ import annotations

import json
import urllib.parse

import pytest

from pep786 import preference
from pep786.index.logs.cloudfront import CloudFront
from pep786.index.logs.combined import Combined
from pep786.index.logs.errors import LogError
from pep786.index.logs.json_lines import JsonLines
from pep786.index.logs.linehaul import Linehaul
from pep786.index.logs.lines import Format, Verdict
from tests.index.logs import vectors, writers
from tests.index.logs.writers import DECOY, PLAIN, SUFFIXED, Written

_OUT, _SHARED, _BROKEN = Verdict.OPTED_OUT, Verdict.SHARED, Verdict.BROKEN


@pytest.mark.parametrize("written", writers.ALL, ids=str)
@pytest.mark.parametrize("vector", vectors.ALL, ids=str)
def test_the_verdict_is_the_decision(vector: vectors.Vector, written: Written) -> None:
    prefer = vector.prefer if written.prefer else None
    line = written.line(prefer, vector.user_agent)
    out = preference.opted_out(prefer, vector.user_agent)
    if written.name == "cloudfront":
        # Nobody can tell whether it was encoded once or twice: one reading is enough.
        out = out or preference.opted_out(None, urllib.parse.unquote(vector.user_agent or ""))
    assert written.reader().judge(line) is (_OUT if out else _SHARED)


@pytest.mark.parametrize("written", writers.ALL, ids=str)
def test_a_whole_buffer_is_judged_as_its_lines_are(written: Written) -> None:
    lines = [
        written.line(vector.prefer, vector.user_agent)
        for vector in vectors.ALL
        if len(vector.prefer or "") + len(vector.user_agent or "") < 10000
    ]
    lines += [b"", b"garbage", b"download|", b'{"user_agent": "pi', b"\xff\xfe(no-analytics)", lines[0] + b"\r"]
    text = b"".join(line + b"\n" for line in lines)
    reader = written.reader()
    count, held = reader.held(bytearray(text), len(text))
    expected = [reader.judge(line[:-1] if line.endswith(b"\r") else line) for line in lines]
    assert count == len(lines)
    assert [verdict for _, _, verdict in held] == [verdict for verdict in expected if verdict is not _SHARED]
    ends = [end for _, end, _ in held]
    assert all(text[end - 1 : end] == b"\n" for end in ends)
    assert {_OUT, _BROKEN} <= {verdict for _, _, verdict in held}


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (b"download-private|%s", _OUT),
        (b"simple-private|%s", _OUT),
        (b"simple|%s", _SHARED),
        (b"upload|%s", _BROKEN),
        (b"download-privat|%s", _BROKEN),
        (b" download|%s", _BROKEN),
    ],
)
def test_the_record_type_decides(line: bytes, verdict: Verdict) -> None:
    assert Linehaul().judge(line % b"t|c|p|t|t|||sdist|pip/26.2") is verdict


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (b"download|Sat, 21 Nov", _BROKEN),
        (b"download|t|c|p|t|c|n|v|sdist", _BROKEN),
        (b"download|t|c|p|t|c|n|v|sdist|", _SHARED),
        (b"download|t|c|p|t|c|n|v|sdist|a|b (no-analytics)", _OUT),
        (b"download|t|c|p (no-analytics) |t|c|n|v|sdist|pip", _SHARED),
        (b"download|t (no-analytics)}", _BROKEN),
    ],
)
def test_linehaul_has_ten_columns_the_last_of_them_raw(line: bytes, verdict: Verdict) -> None:
    assert Linehaul().judge(line) is verdict


def test_a_line_ending_with_a_carriage_return_is_read_without_it() -> None:
    text = writers.linehaul(None, SUFFIXED) + b"\r\n"
    assert [verdict for *_, verdict in Linehaul().held(bytearray(text), len(text))[1]] == [_OUT]


@pytest.mark.parametrize(
    ("server", "fields", "line", "verdict"),
    [
        ("nginx", '$remote_addr [$time_local] "$http_user_agent"', b'::1 [x y] "a (no-analytics)"', _OUT),
        ("nginx", '$remote_addr [$time_local] "$http_user_agent"', b'::1 [x y] "a"', _SHARED),
        ("nginx", '$remote_addr [$time_local] "$http_user_agent"', b'::1 [x y "a"', _BROKEN),
        ("nginx", '"$http_user_agent" ${http_prefer}', b'"a" no-analytics', _OUT),
        ("nginx", '"$http_user_agent" $http_prefer', b'"a" x, No-Analytics;q', _OUT),
        ("nginx", '"$http_user_agent"', b'"a\\x28no-analytics)"', _SHARED),
        ("nginx", '"$http_user_agent"', b'"a \\x28no-analytics)"', _OUT),
        ("nginx", '"$http_user_agent"', b'"a\\q"', _BROKEN),
        ("nginx", '"$http_user_agent"', b'"a\\"', _BROKEN),
        ("nginx", '"$http_user_agent" "$request"', b'"a" (no-analytics) "GET"', _BROKEN),
        ("nginx", None, b'::1 - A. N. Other [x] "GET" 200 5 "-" "pip"', _SHARED),
        ("nginx", None, b'::1 - A. N. Other [x] "GET" 200 5 "-" "pip (no-analytics)"', _OUT),
        ("nginx", None, b'::1 - a [b] [x] "GET" 200 5 "-" "pip"', _BROKEN),
        ("nginx", None, b'::1 - a "b" [x] "GET" 200 5 "-" "pip"', _BROKEN),
        ("nginx", None, b'::1 - a  [x] "GET" 200 5 "-" "pip"', _SHARED),
        ("nginx", '$remote_user $http_prefer "$http_user_agent"', b'a b no-analytics "pip"', _BROKEN),
        ("nginx", '${remote_user} [$time_local] "$http_user_agent"', b'a b [x] "pip"', _SHARED),
        ("apache", None, b'::1 - A. N. Other [x] "GET" 200 5 "-" "pip"', _SHARED),
        ("apache", None, b'::1 - A. N. Other [x] "GET" 200 5 "-" "pip (no-analytics)"', _OUT),
        ("apache", None, b'::1 - a \\"b\\" c [x] "GET" 200 5 "-" "pip"', _BROKEN),
        ("apache", r"%t \"%{User-agent}i\" %%", b'[x y] "a (no-analytics)" %', _OUT),
        ("apache", "%h %>s %^FU %{ms}T %200,304{USER-AGENT}i", b"::1 200 5 7 a\\t(no-analytics)", _OUT),
        ("apache", '[%{%d/%b/%Y}t] "%{Prefer}i"', b'[21/Nov/2026] "x=\\"a, no-analytics\\""', _SHARED),
        ("apache", '[%{%d/%b/%Y}t] "%{Prefer}i"', b'[21/Nov/2026] "x=\\"a\\", no-analytics"', _OUT),
    ],
)
def test_the_servers_own_format_string_names_the_fields(
    server: str, fields: str | None, line: bytes, verdict: Verdict
) -> None:
    assert Combined(server, fields).judge(line) is verdict


@pytest.mark.parametrize("user_agent", [PLAIN, SUFFIXED, DECOY])
@pytest.mark.parametrize("written", writers.ALL[1:3], ids=str)
def test_without_a_format_string_it_is_the_combined_one(user_agent: str, written: Written) -> None:
    line = written.line(None, user_agent).rpartition(b' "')[0]
    assert (Combined(written.name).judge(line) is _OUT) == (user_agent == SUFFIXED)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(b"1", _OUT), (b"true", _OUT), (b"0", _SHARED), (b"-", _SHARED), (b"", _SHARED), (b"maybe", _BROKEN)],
)
@pytest.mark.parametrize(
    ("server", "fields"), [("nginx", '"$no_analytics" $status'), ("apache", '"%{no_analytics}e" %>s')]
)
def test_a_variable_with_the_decision_is_all_that_is_needed(
    server: str, fields: str, value: bytes, verdict: Verdict
) -> None:
    assert Combined(server, fields, flag="no_analytics").judge(b'"%s" 200' % value) is verdict


@pytest.mark.parametrize(
    ("server", "fields", "own", "expected"),
    [
        ("nginx", '$remote_addr "$request"', {}, "no User-Agent, Prefer or --flag"),
        ("nginx", "$remote_addr$http_user_agent", {}, "nothing stands between"),
        ("nginx", None, {"flag": "private"}, "no such variable"),
        ("apache", '"%{User-Agent}i"', {"statuses": [b"200"]}, "no status"),
    ],
)
def test_a_format_string_that_cannot_tell_is_refused(
    server: str, fields: str | None, own: dict[str, str], expected: str
) -> None:
    with pytest.raises(LogError, match=expected) as raised:
        Combined(server, fields, **own)  # type: ignore[arg-type]
    assert raised.value.usage


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        ({"n": True}, _OUT),
        ({"n": 1}, _OUT),
        ({"n": "1"}, _OUT),
        ({"n": False}, _SHARED),
        ({"n": ""}, _SHARED),
        ({"n": None}, _BROKEN),
        ({"n": "perhaps"}, _BROKEN),
        ({"n": [1]}, _BROKEN),
        ({"n": 2}, _BROKEN),
        ({}, _BROKEN),
        ([{"n": True}], _BROKEN),
    ],
)
def test_a_json_flag_is_yes_or_no_and_there(document: object, verdict: Verdict) -> None:
    assert JsonLines(flag="n").judge(json.dumps(document).encode()) is verdict


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ('{"r": {"h": {"User-Agent": ["a"], "Prefer": ["x", "no-analytics"]}}}', _OUT),
        ('{"r": {"h": {"User-Agent": ["a (no-analytics)"]}}}', _OUT),
        ('{"r": {"h": {"User-Agent": ["a"]}}}', _SHARED),
        ('{"r": {"h": {"User-Agent": null}}}', _SHARED),
        ('{"r.h.User-Agent": "\\u0061 \\u0028no-analytics)"}', _OUT),
        ('{"r": {"h": {"user-agent": ["a"]}}}', _BROKEN),
        ('{"r": {"h": {"User-Agent": 7}}}', _BROKEN),
        ('{"r": {"h": {"User-Agent": "a", "User-Agent": "b (no-analytics)"}}}', _BROKEN),
        ('{"r": {"h": {"User-Agent": "a"}}', _BROKEN),
        ("[" * 100000, _BROKEN),
        ('{"r": ' * 100000, _BROKEN),
        ("", _BROKEN),
    ],
)
def test_json_keys_go_into_nested_objects(line: str, verdict: Verdict) -> None:
    assert JsonLines("r.h.User-Agent", "r.h.Prefer").judge(line.encode()) is verdict


@pytest.mark.parametrize(
    ("keys", "agent", "none"),
    [
        ({}, _OUT, _BROKEN),
        ({"prefer": "prefer"}, _OUT, _BROKEN),
        ({"flag": "flag"}, _OUT, _SHARED),
        ({"flag": "flag", "prefer": "prefer"}, _OUT, _BROKEN),
        ({"flag": "flag", "user_agent": "ua"}, _BROKEN, _BROKEN),
    ],
    ids=str,
)
def test_json_has_the_user_agent_looked_at_whatever_else_is(
    keys: dict[str, str], agent: Verdict, none: Verdict
) -> None:
    for own, verdict in (({"user_agent": SUFFIXED}, agent), ({}, none)):
        line = json.dumps({"flag": False, "prefer": "", **own}).encode()
        assert JsonLines(**keys).judge(line) is verdict  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["h.Prefer", "h.prefer", "h.PREFER"])
@pytest.mark.parametrize(
    "line",
    [
        '{"user_agent": "a", "h": {"Prefer": "no-analytics"}}',
        '{"user_agent": "a", "h": {"prefer": ["no-analytics"]}}',
        '{"user_agent": "a", "h": {"prefer": "x", "Prefer": "no-analytics"}}',
        '{"user_agent": "a", "h.pReFer": "no-analytics"}',
        '{"user_agent": "a", "h.prefer": "", "h": {"Prefer": "no-analytics"}}',
    ],
)
def test_a_json_key_ends_in_a_fields_name_which_is_in_any_case(key: str, line: str) -> None:
    reader = JsonLines(prefer=key)
    assert reader.judge(line.encode()) is _OUT
    assert reader.remark() == ""


@pytest.mark.parametrize(
    ("lines", "remark"),
    [
        ([], ""),
        (['{"user_agent": "a", "H": {"Prefer": "x"}}'], "--prefer h.Prefer: no line has this key"),
        (['{"user_agent": "a"}', '{"user_agent": "a", "h": {"Prefer": null}}'], ""),
        (["none of its format"], ""),
    ],
)
def test_a_prefer_key_that_no_line_has_is_told(lines: list[str], remark: str) -> None:
    reader = JsonLines(prefer="h.Prefer")
    for line in lines:
        assert reader.judge(line.encode()) in (_SHARED, _BROKEN)
    assert reader.remark() == remark


def test_cloudfront_takes_its_columns_from_the_header() -> None:
    reader = CloudFront()
    assert reader.judge(b"#Version: 1.0") is _SHARED
    assert reader.judge(b"#Fields: date cs(User-Agent) sc-status cs(Prefer)") is _SHARED
    assert reader.judge(b"2026-11-21\tpip%20(no-analytics)\t200\t-") is _OUT
    assert reader.judge(b"2026-11-21\tpip%2520(no-analytics)\t200\t-") is _OUT
    assert reader.judge(b"2026-11-21\tpip\t200\tx,%20no-analytics") is _OUT
    assert reader.judge(b"2026-11-21\tpip\t200\t-") is _SHARED
    assert reader.judge(b"2026-11-21\tpip\t200") is _BROKEN
    assert reader.judge(b"# (no-analytics)") is _BROKEN
    assert reader.judge(b"#Fields: date time") is _BROKEN
    assert reader.judge(b"2026-11-21\t10:00") is _BROKEN
    reader.begin(b"#Version: 1.0\n#Fields: cs(User-Agent) date\nx")
    assert reader.judge(b"pip%20(no-analytics)\tx") is _OUT


@pytest.mark.parametrize("written", [each for each in writers.ALL if each.name != "linehaul"], ids=str)
def test_only_the_statuses_asked_for_are_shared(written: Written) -> None:
    reader: Format = written.reader(statuses=[b"200", b"304"])
    assert reader.judge(written.line(None, PLAIN, 304)) is _SHARED
    assert reader.judge(written.line(None, PLAIN, 400)) is Verdict.STATUS
    assert reader.judge(written.line(None, SUFFIXED, 400)) is _OUT
