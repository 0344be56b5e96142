r"""The decision as one pattern, for engines that have no function of their own: web servers, databases, Spark.

Everything that ``pep786 index rules`` prints is made of the two texts here; :func:`pep786.preference.opted_out` is
the exact decision that they are tested against. Written for RE2, PCRE, Java, Rust and Python alike, and to be quoted
anywhere:

- no quote, no blank and no backslash pair stands in them as such, only ``\xNN``: they survive the strings of nginx,
  Apache, HAProxy, VCL and SQL. In a string where a backslash escapes (ClickHouse, BigQuery without ``r``), double each.
- letters in both cases are spelled out. Ignoring case would let U+017F pass for s and U+0130 for i in some engines.
- no look-around, nothing possessive, no back-reference: RE2 has none of them.
- ``[\s\S]`` and not the dot, which in each engine leaves out other line ends.
- every loop is unrolled, so that an input can be matched in one way only: linear where engines backtrack.

Source: RFC 7240 section 2 with errata 4439; RFC 9110 sections 5.6.1 (lists, empty elements) and 5.6.4 (quoted strings).
"""

from __future__ import annotations

#: So many characters of Prefer count as an opt-out, unread. Varnish answers 503 and HAProxy says "no match" where a
#: match takes too much of their memory, Java overflows its stack; all three do so far above this. RE2 repeats no more.
GUARD = 1000

_BLANKS = r"[\x09\x0a\x0d\x20]*"

# A quoted string, which a backslash pair does not end.
_QUOTED = r"\x22[^\x22\x5c]*(?:\x5c[\s\S][^\x22\x5c]*)*\x22"

# Elements of the list, each up to its comma: a comma in a quoted string ends none.
_ELEMENTS_BEFORE = rf"(?:[^\x22,]*(?:{_QUOTED}[^\x22,]*)*,)*"

_NAME = "[Nn][Oo]-[Aa][Nn][Aa][Ll][Yy][Tt][Ii][Cc][Ss]"

# A value, a parameter, the next element, or nothing: the name is complete, and presence decides.
_NAME_ENDS = r"(?:[=;,]|$)"

#: What a Prefer field looks like that has no-analytics as an element; the guard aside.
EXACT_PREFER = rf"^{_ELEMENTS_BEFORE}{_BLANKS}{_NAME}{_BLANKS}{_NAME_ENDS}"

#: The same with its guard. Several field lines are joined with a comma before it is tried.
PREFER = rf"^(?:[\s\S]{{{GUARD}}}|{EXACT_PREFER[1:]})"

_COMMENT = r"\x28no-analytics\x29"

# Before the first quote, from the start, and after the last one, to the end: between them is pip's JSON, in which a
# person's own text may contain the very words.
_BEFORE_QUOTES = rf"^(?:[^\x22]*[\x09\x20])?{_COMMENT}(?:[\x09\x20]|$)"
_AFTER_QUOTES = rf"[\x09\x20]{_COMMENT}(?:[\x09\x20][^\x22]*)?$"

#: What a User-Agent looks like that has the comment as a word of its own, outside quoted text.
USER_AGENT = f"{_BEFORE_QUOTES}|{_AFTER_QUOTES}"

#: For servers that fail on long matches (Varnish, HAProxy), to be tried first: the comment and a thousand characters
#: before or behind it count as an opt-out. In quoted text only, hundreds of comments would be too much for USER_AGENT.
LONG_USER_AGENT = rf"^[\s\S]{{{GUARD}}}[\s\S]*{_COMMENT}|{_COMMENT}[\s\S]{{{GUARD}}}"

#: To take the comment out: what these match becomes groups 1 and 2, one after the other. The last comment goes first.
#: Each takes one; whatever still matches USER_AGENT afterwards is better not passed on at all.
TAKE_OFF_LAST = rf"^([\s\S]*)[\x09\x20]{_COMMENT}([\x09\x20][^\x22]*)?$"
TAKE_OFF_FIRST = rf"^(?:([^\x22]*)[\x09\x20])?{_COMMENT}([\x09\x20][\s\S]*)?$"
