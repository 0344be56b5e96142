"""Varnish: a field that no client can set is the bit; varnishncsa writes the two logs.

Source: Varnish's reference manual of VCL, vmod_std (``std.collect``), varnishncsa and vsl-query.
"""

from __future__ import annotations

from . import Rule, vcl

_BODY = r"""
# Where it goes: a file of its own, and `include "/etc/varnish/no-analytics.vcl";` right below `vcl 4.1;` and the import
# and backend lines of yours, above every other vcl_recv. The logs are two varnishncsa, this one for what is shared:
#
#     varnishncsa -q 'VCL_Log:no-analytics-share and RespStatus ~ "^(200|206|304)$"' -w /var/log/varnish/shared.log \
#         -F '%t|%m|%U|%s|%b|%{User-Agent}i'
#
# and this one for all, its last but one column 1 for who is to be left out:
#
#     varnishncsa -w /var/log/varnish/internal.log \
#         -F '%t|%h|%m|%U|%s|%b|%{VCL_Log:no-analytics}x|%{User-Agent}i'
#
# Only what was marked is shared: a request that was refused, piped or broken off has no mark. Start varnishd with
# -p vsl_reclen=4084, or a long User-Agent is cut in the log. varnishncsa writes a quote as \": who looks for the
# comment in such a log, and does not undo that, takes a person's text in pip's JSON for it.

import std;

sub vcl_recv {
    # No client sets the bit, and it outlives a restart.
    if (req.restarts == 0) {
        unset req.http.X-No-Analytics;
    }
    # All else is for every start: std.rollback brings the signals back, a part of a page (ESI) has them once more, and
    # what varnishncsa logs is the last start.
    #
    # Several lines are one list. Without this only the first is seen. A Prefer of @GUARD@ characters is an opt-out
    # unread, and so is the comment with as many before or behind it: a match that is too long for Varnish is a 503.
    std.collect(req.http.Prefer);
    std.collect(req.http.User-Agent, " ");
@DECIDE@
    # Neither signal goes further in. All of Prefer goes: an index has no use for the rest. One comment comes off
    # behind the quoted text of the User-Agent and one before it; with more than these, or a very long one, it goes
    # altogether.
@TAKE_OFF@
    if (req.http.X-No-Analytics) {
        std.log("no-analytics:1");
    }
}

# The mark, which hits of the cache get like all others.
sub vcl_deliver {
    if (!req.http.X-No-Analytics) {
        std.log("no-analytics-share:1");
    }
}

# The bit stays here.
sub vcl_backend_fetch {
    unset bereq.http.X-No-Analytics;
}
sub vcl_pipe {
    unset bereq.http.X-No-Analytics;
}

# Nothing here touches the answer: no Vary, no Preference-Applied, no other cache key. Leave it so.
"""

RULES = {
    "varnish": Rule(
        "Varnish", "Varnish 7.1.1 (Debian 12)", "#", vcl.filled(_BODY, 4), "D32 is left out (a very long User-Agent)"
    )
}
