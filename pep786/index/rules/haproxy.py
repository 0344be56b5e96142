"""HAProxy: a variable is the bit; the log line begins with one of two words.

Source: HAProxy's configuration manual, sections 2.2 (quoting), 7.3.6 (req.fhdr: whole lines, where req.hdr splits at
commas), 4.2 (http-request) and 8.2.4 (log-format).
"""

# ruff: noqa: E501  a rule of HAProxy's stands on one line
from __future__ import annotations

from . import Rule

_BODY = r"""
# Where it goes: into each frontend of HAProxy 2.5 or later, before all other http-request rules. The frontend has no other
# log-format and no option httplog then.
#
# HAProxy cannot send a line to one log and not to another. So each line begins with "shared" or "internal", which no
# client can forge, and the program that takes the lines parts them. rsyslog, in a file in /etc/rsyslog.d (these two lines were not run):
#
#     if $programname == 'haproxy' and $msg startswith ' shared|' then /var/log/haproxy-shared.log
#     if $programname == 'haproxy' then { /var/log/haproxy-internal.log stop }
#
# A line that HAProxy wrote before it had read the fields (400, 408) begins with "-", and stays inside.
# Give the log more than the 1024 bytes of a line that are the default, or pip's User-Agent is cut:
#
#     log /dev/log len 8192 local0

    # The decision, once per request. Several Prefer lines are one list and are joined; five are an opt-out unread, as
    # are a Prefer of @GUARD@ characters and the comment with as many before or behind it. (Without that, HAProxy takes a
    # match that is too long for none.)
    http-request set-var(txn.no_analytics) bool(false)
    http-request set-var(txn.no_analytics) bool(true) if { req.fhdr(Prefer) -m reg '@PREFER@' } { req.fhdr_cnt(Prefer) eq 1 }
    http-request set-var-fmt(txn.prefer) "%[req.fhdr(Prefer,1)],%[req.fhdr(Prefer,2)],%[req.fhdr(Prefer,3)],%[req.fhdr(Prefer,4)]" if { req.fhdr_cnt(Prefer) gt 1 }
    http-request set-var(txn.no_analytics) bool(true) if { var(txn.prefer) -m reg '@PREFER@' }
    http-request set-var(txn.no_analytics) bool(true) if { req.fhdr_cnt(Prefer) gt 4 }
    http-request set-var(txn.no_analytics) bool(true) if { req.fhdr(User-Agent) -m reg '@LONG_USER_AGENT@' }
    http-request set-var(txn.no_analytics) bool(true) if { req.fhdr(User-Agent) -m reg '@USER_AGENT@' }

    # Neither signal goes further in, nor a flag that a client made up. All of Prefer goes: an index has no use for the
    # rest. One comment comes off behind the quoted text of the User-Agent and one before it; with more than these, or
    # a very long one, it goes altogether.
    http-request del-header Prefer
    http-request del-header X-No-Analytics
    http-request del-header User-Agent if { req.fhdr(User-Agent) -m reg '@LONG_USER_AGENT@' }
    http-request replace-header User-Agent '@TAKE_OFF_LAST@' '\1\2'
    http-request replace-header User-Agent '@TAKE_OFF_FIRST@' '\1\2'
    http-request del-header User-Agent if { req.fhdr(User-Agent) -m reg '@USER_AGENT@' }

    # What may be shared: the bit is off, and something was served. The User-Agent of the log is the one without comment.
    http-request set-var(txn.user_agent) req.fhdr(User-Agent)
    http-request set-var(txn.method) method
    http-request set-var(txn.path) path
    http-request set-var(txn.record) str(internal)
    http-response set-var(txn.record) str(shared) if !{ var(txn.no_analytics) -m bool } { status 200 206 304 }
    log-format "%[var(txn.record)]|%[date,ltime(%Y-%m-%dT%H:%M:%S)]|%[var(txn.method)]|%[var(txn.path)]|%ST|%B|%[var(txn.user_agent)]"

# Nothing here touches the answer: no Vary, no Preference-Applied, no other cache key. Leave it so.
"""

RULES = {
    "haproxy": Rule(
        "HAProxy",
        "HAProxy 2.6.12 (Debian 12)",
        "#",
        _BODY,
        "B38 (six field lines) and D32 (a very long User-Agent) are left out",
    )
}
