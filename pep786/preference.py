"""The signal itself: the ``Prefer`` field and the User-Agent suffix, written on one side and read on the other.

Source: PEP 786, "HTTP Header" and "User Agent Suffix"; RFC 7240 section 2 with errata 4439; RFC 9110
sections 5.3 (field lines combine) and 5.6.1 (lists, empty elements). Nothing is imported until a comment
has to be taken out of the middle of a User-Agent.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

NO_ANALYTICS = "no-analytics"
COMMENT = "(no-analytics)"
_SUFFIX = f" {COMMENT}"

# Those of RFC 9110, not Python's.
_BLANKS = "\t\n\r "


def opted_out(prefer: str | bytes | Iterable[str | bytes] | None, user_agent: str | bytes | None = None) -> bool:
    """Whether a request with these fields asks to be left out of analytics.

    prefer: the value of the Prefer field, a list of values where it came in several lines, or None.
    user_agent: the User-Agent, the fallback where something on the way dropped Prefer; or None.
    Presence decides: values and parameters of the preference mean nothing (design, D16). Time is linear
    in the input, and nothing is raised for any text.
    """
    if prefer is not None and _prefers(_joined(prefer)):
        return True
    return user_agent is not None and _has_comment(_text(user_agent))


def prefer(existing: str | None) -> str:
    """The Prefer value that says what existing says, and no-analytics, once (RFC 7240 section 2)."""
    if existing is None or not existing.strip():
        return NO_ANALYTICS
    if _prefers(existing):
        return existing
    extended = f"{existing}, {NO_ANALYTICS}"
    if '"' in existing and not _prefers(extended):
        # A quote that never closes would swallow what follows it.
        return f"{NO_ANALYTICS}, {existing}"
    return extended


def user_agent(existing: str | None) -> str:
    """The User-Agent with the suffix at its end, once (PEP 786, "User Agent Suffix")."""
    if not existing:
        return COMMENT
    return existing if _has_comment(existing) else f"{existing} {COMMENT}"


def without_prefer(existing: str) -> str | None:
    """The Prefer value without no-analytics: the very object where it is not there, None when nothing is left."""
    if existing == NO_ANALYTICS:
        return None
    # As long as the value itself, so that positions in one are those in the other: U+0130 alone becomes two.
    text = existing.replace("\u0130", "_").lower()
    if NO_ANALYTICS not in text:
        return existing
    if '"' in text:
        text = _masked(text)
    kept, begin = "", 0
    at = text.find(NO_ANALYTICS)
    while at >= 0:
        start = text.rfind(",", 0, at) + 1
        end = text.find(",", at)
        if end < 0:
            end = len(text)
        if text[start:end].partition(";")[0].partition("=")[0].strip(_BLANKS) == NO_ANALYTICS:
            kept += existing[begin:start]
            begin = end + 1
        at = text.find(NO_ANALYTICS, end)  # no element is looked at twice: the time is linear
    if not begin:
        return existing
    left = (kept + existing[begin:]).lstrip(f"{_BLANKS},")
    if text.count('"', begin) % 2:  # what comes last is in a string that never closes
        return left
    return left.rstrip(f"{_BLANKS},") or None


def without_user_agent(existing: str) -> str:
    """The User-Agent without the comment, wherever :func:`opted_out` sees one; all else stays as it is.

    A blank goes with each comment, so that one is left where there were two around it.
    """
    if existing.endswith(_SUFFIX):  # pragma: no mutate
        # What all tools send: a short way to what the long one comes to as well.
        product = existing[: -len(_SUFFIX)]
        if COMMENT not in product:  # pragma: no mutate
            return product.strip("\t ")
    if COMMENT not in existing or not _has_comment(existing):
        return existing
    import re

    first, last = existing.find('"'), existing.rfind('"')

    def outside_quotes(found: re.Match[str]) -> str:
        at = found.start()  # which is never at a quote
        return "" if at < first or at > last else found[0]  # pragma: no mutate

    return re.sub(r"(?:\A|[\t ])\(no-analytics\)(?=[\t ]|\Z)", outside_quotes, existing).strip("\t ")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _joined(prefer: str | bytes | Iterable[str | bytes]) -> str:
    """Several field lines are one list (RFC 9110 section 5.3): joined before any parsing."""
    if isinstance(prefer, (str, bytes)):
        return _text(prefer)
    return ",".join(_text(line) for line in prefer)


def _prefers(value: str) -> bool:
    return without_prefer(value) is not value


def _masked(text: str) -> str:
    """The text with underscores in the stead of what is in quoted strings: a comma in one separates nothing.

    A string that never closes runs to the end (RFC 9110 section 5.6.4).
    """
    if "\\" in text:
        text = _unescaped(text.replace("\\\\", "__"))
    parts = text.split('"')
    for at in range(1, len(parts), 2):
        parts[at] = "_" * len(parts[at])
    return '"'.join(parts)


def _unescaped(text: str) -> str:
    """The text with no quote left in it but those that begin or end a string."""
    within = text.replace('\\"', "\\_")
    if "\\" not in "".join(within.split('"')[::2]):
        return within
    # A malformed field: outside of a string a backslash escapes nothing. After each of these pairs a string is open,
    # as if a quote stood in front of all; so the next one is outside where quotes in an odd number are between them.
    parts = f'"{text}'.split('\\"')
    pieces = parts * 2
    pieces[::2] = parts
    pieces[1::2] = ['_"' if part.count('"') % 2 else "__" for part in parts]
    return "".join(pieces)[1:-2]


def _has_comment(user_agent: str) -> bool:
    """Whether the comment stands by itself, before the first or after the last quoted text.

    pip's and uv's User-Agent holds JSON, in which a person's own text may contain the very same words.
    """
    if COMMENT not in user_agent:
        return False
    spaced = f" {user_agent} ".replace("\t", " ")
    comment = f" {COMMENT} "
    return comment in spaced.partition('"')[0] or comment in spaced.rpartition('"')[2]
