"""The signal itself: the ``Prefer`` field and the User-Agent suffix, written on one side and read on the other.

Source: PEP 786, "HTTP Header" and "User Agent Suffix"; RFC 7240 section 2 with errata 4439; RFC 9110
sections 5.3 (field lines combine) and 5.6.1 (lists, empty elements). Nothing is imported until a field
that holds the word has to be parsed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

NO_ANALYTICS = "no-analytics"
COMMENT = "(no-analytics)"

# A quoted string, or one that never closes and so runs to the end (RFC 9110 section 5.6.4). Unrolled, so
# that no input is matched in two ways and the time is linear.
_QUOTED = r'(?:"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z))+'

# Our preference's name and what may follow it, in a value without quoted strings. Spelled-out letters: folding
# case would let U+017F pass for s. Blanks are those of RFC 9110, not Python's. It begins with a letter and not
# with the comma before it: of a hundred thousand commas each would be tried.
_BLANKS = "\t\n\r "
_OURS = r"[Nn][Oo]-[Aa][Nn][Aa][Ll][Yy][Tt][Ii][Cc][Ss](?=[\t\n\r ]*(?:[=;,]|\Z))"


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
    if existing == NO_ANALYTICS or _prefers(existing):
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
    """The Prefer value without no-analytics; None when nothing is left of it."""
    if existing == NO_ANALYTICS:
        return None
    if not _prefers(existing):
        return existing
    import re

    elements = re.findall(rf'(?:[^",]|{_QUOTED})+', existing, re.DOTALL)
    kept = [element.strip(_BLANKS) for element in elements if not _prefers(element)]
    return ", ".join(element for element in kept if element) or None


def without_user_agent(existing: str) -> str:
    """The User-Agent without the comment, wherever :func:`opted_out` sees one; all else stays as it is.

    A blank goes with each comment, so that one is left where there were two around it.
    """
    if not _has_comment(existing):
        return existing
    if existing.endswith(COMMENT) and existing.count(COMMENT) == 1:  # what all tools send
        return existing[: -len(COMMENT)].strip("\t ")
    import re

    first, last = existing.find('"'), existing.rfind('"')

    def outside_quotes(found: re.Match[str]) -> str:
        return "" if found.start() < first or found.start() > last else found[0]

    return re.sub(r"(?:\A|[\t ])\(no-analytics\)(?=[\t ]|\Z)", outside_quotes, existing).strip("\t ")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _joined(prefer: str | bytes | Iterable[str | bytes]) -> str:
    """Several field lines are one list (RFC 9110 section 5.3): joined before any parsing."""
    if isinstance(prefer, (str, bytes)):
        return _text(prefer)
    return ",".join(_text(line) for line in prefer)


def _prefers(value: str) -> bool:
    if value == NO_ANALYTICS:
        return True
    if NO_ANALYTICS not in value.lower():
        return False
    quoted, ours = _patterns()
    value, end = _unquoted(value, quoted), 0
    for found in ours.finditer(value):
        # From the last one on, so that no blank is looked at twice.
        before = value[end : found.start()].rstrip(_BLANKS)
        if before.endswith(",") or not (before or end):
            return True
        end = found.end()
    return False


def _unquoted(value: str, quoted: re.Pattern[str]) -> str:
    """The value with a bare quote in the stead of each quoted string: a comma in one separates nothing."""
    if '"' not in value:
        return value
    value = value.replace("\\\\", "__")  # an escaped backslash escapes nothing more
    if '\\"' in value:
        return quoted.sub('"', value)
    outside = value.split('"')[::2]
    if value.count('"') % 2:
        outside.append("")
    return '"'.join(outside)


_compiled: tuple[re.Pattern[str], re.Pattern[str]] | None = None


def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    global _compiled  # noqa: PLW0603  made once, and only in processes that meet a Prefer value to parse
    if _compiled is None:
        import re

        _compiled = re.compile(_QUOTED, re.DOTALL), re.compile(_OURS)
    return _compiled


def _has_comment(user_agent: str) -> bool:
    """Whether the comment stands by itself, before the first or after the last quoted text.

    pip's and uv's User-Agent holds JSON, in which a person's own text may contain the very same words.
    """
    if COMMENT not in user_agent:
        return False
    spaced = f" {user_agent} ".replace("\t", " ")
    comment = f" {COMMENT} "
    return comment in spaced.partition('"')[0] or comment in spaced.rpartition('"')[2]
