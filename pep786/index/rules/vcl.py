"""What Varnish and Fastly have in common of VCL: the decision, and taking the signals off.

Each line stands within one block. A level is a tab, which each of them makes as wide as its own levels are.
"""

# ruff: noqa: E101  a condition that goes on is not a level
from __future__ import annotations

_DECIDE = r"""
	if (req.http.Prefer ~ "@PREFER@"
	    || req.http.User-Agent ~ "@LONG_USER_AGENT@"
	    || req.http.User-Agent ~ "@USER_AGENT@") {
		set req.http.X-No-Analytics = "1";
	}
"""

_TAKE_OFF = r"""
	unset req.http.Prefer;
	if (req.http.User-Agent ~ "@LONG_USER_AGENT@") {
		unset req.http.User-Agent;
	}
	if (req.http.X-No-Analytics && req.http.User-Agent) {
		set req.http.User-Agent = regsub(req.http.User-Agent, "@TAKE_OFF_LAST@", "\1\2");
		set req.http.User-Agent = regsub(req.http.User-Agent, "@TAKE_OFF_FIRST@", "\1\2");
		if (req.http.User-Agent ~ "@USER_AGENT@") {
			unset req.http.User-Agent;
		}
	}
"""


def filled(body: str, width: int) -> str:
    """The body with both where it names them; width is that of a level, in blanks."""
    for name, lines in (("DECIDE", _DECIDE), ("TAKE_OFF", _TAKE_OFF)):
        body = body.replace(f"@{name}@", lines.strip("\n").expandtabs(width))
    return body
