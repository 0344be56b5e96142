"""The access logs of nginx and Apache, their fields named by the server's own format string."""

from __future__ import annotations

import re

from ... import preference
from .errors import LogError
from .escapes import backslashes
from .flags import flagged
from .lines import Format, Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

#: nginx's predefined ``combined`` (ngx_http_log_module), and Apache's (mod_log_config).
COMBINED = {
    "nginx": (
        '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
        '"$http_referer" "$http_user_agent"'
    ),
    "apache": '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
}

# A field in a format string: ``$name``, ``${name}``; ``%h``, ``%>s``, ``%{Name}i``, ``%400,501{Name}i``, ``%^FU``.
_FIELD = {
    "nginx": re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))"),
    "apache": re.compile(r"%[!0-9,]*[<>]?(?:\{(?P<braced>[^}]*)\})?[<>]?(?P<name>\^[A-Za-z]{2}|[A-Za-z%])"),
}
_STATUS = {"nginx": {"status"}, "apache": {"s"}}

# Who has authenticated, a name that may have blanks.
_USERS = {"remote_user", "u"}
_BEFORE_A_BRACKET = (" [", " %t")  # Apache's %t brings its own

# A value between quotes ends at the first quote that is not escaped. Unrolled: the time is linear.
_QUOTED = rb'([^"\\]*(?:\\.[^"\\]*)*)'


class Combined(Format):
    """One line of a server's access log, taken apart as the format string says.

    server: "nginx" or "apache". fields: its format string, ``combined`` if None. flag: the variable that holds
    the decision made at request time (nginx ``$NAME``, Apache ``%{NAME}e``). statuses: those that are shared,
    all if empty. Raises LogError for a format string that can't be read back, or tells nothing of the opt-out.
    """

    def __init__(
        self, server: str, fields: str | None = None, flag: str | None = None, statuses: Collection[bytes] = ()
    ) -> None:
        template = COMBINED[server] if fields is None else fields
        pattern, names = _compiled(server, template)
        self._match = pattern.fullmatch
        self._user_agents = _places(names, {"http_user_agent", "user-agent"})
        self._prefers = _places(names, {"http_prefer", "prefer"})
        self._flags = _places(names, {flag.lower()}) if flag else []
        self._status = _places(names, _STATUS[server])
        self._statuses = frozenset(statuses)
        self.open_ended = not template.endswith(('"', "]"))
        if flag and not self._flags:
            raise LogError(f"--flag {flag}: no such variable in the fields: {template}", usage=True)
        if statuses and not self._status:
            raise LogError(f"--status: no status in the fields: {template}", usage=True)
        if not (self._user_agents or self._prefers or self._flags):
            raise LogError(f"no User-Agent, Prefer or --flag in the fields: {template}", usage=True)

    def judge(self, line: bytes) -> Verdict:
        """By the flag, the Prefer field and the User-Agent, as far as the format string has them."""
        match = self._match(line)
        if match is None:
            return Verdict.BROKEN
        values = match.groups()
        try:
            out = any(flagged(values[at].decode("latin-1")) for at in self._flags)
            out = out or any(preference.opted_out(backslashes(values[at])) for at in self._prefers)
            out = out or any(preference.opted_out(None, backslashes(values[at])) for at in self._user_agents)
        except ValueError:
            return Verdict.BROKEN
        if out:
            return Verdict.OPTED_OUT
        if self._statuses and values[self._status[-1]] not in self._statuses:
            return Verdict.STATUS
        return Verdict.SHARED


def _places(names: list[str], wanted: set[str]) -> list[int]:
    return [at for at, name in enumerate(names) if name in wanted]


def _compiled(server: str, template: str) -> tuple[re.Pattern[bytes], list[str]]:
    """The pattern of one line, a group to each field, and the fields' names in lower case."""
    # As the format string stands in the server's configuration, or as it is meant.
    template = template.replace('\\"', '"').replace("\\t", "\t")
    names: list[str] = []
    pattern = b""
    at = 0
    for field in _FIELD[server].finditer(template):
        pattern += re.escape(template[at : field.start()].encode())
        at = field.end()
        if field["name"] == "%":
            pattern += b"%"
            continue
        names.append((field["braced"] or field["name"]).lower())
        pattern += _value(template, field)
    return re.compile(pattern + re.escape(template[at:].encode()), re.DOTALL), names


def _value(template: str, field: re.Match[str]) -> bytes:
    """What a field's value may hold: nothing that could be taken for what follows it."""
    before, after = template[: field.start()][-1:], template[field.end() :][:1]
    if before == '"' and after == '"':
        return _QUOTED
    if field.group() == "%t":
        return rb"(\[[^\]]*\])"
    if not after:
        return rb"(.*)"
    if (field["braced"] or field["name"]) in _USERS and template.startswith(_BEFORE_A_BRACKET, field.end()):
        return rb'([^" ]*(?: (?!\[)[^" ]*)*)'
    if after in "$%" or after.isalnum():
        raise LogError(f"nothing stands between the fields after {field.group()}: {template}", usage=True)
    return rb'([^"%s]*)' % re.escape(after.encode())
