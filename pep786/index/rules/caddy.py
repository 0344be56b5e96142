"""Caddy: a matcher decides, opted-out requests go to a log of their own. Not run here.

Source: Caddy's documentation of request matchers (``header_regexp``: any line of the field, RE2), ``log_name``,
``log_append`` and ``reverse_proxy`` (``header_up``).
"""

from __future__ import annotations

from . import Rule

_BODY = r"""
# Where it goes: the snippet (no_analytics) to the top of the Caddyfile, `import no_analytics` into each site, and the
# header_up lines into its reverse_proxy. It needs Caddy 2.9 or later (log_name).
#
# CADDY CANNOT LOG BY STATUS: share only lines whose status is 200, 206 or 304. It tries each Prefer line by itself,
# and does not join them: a quoted string that begins in one line and ends in the next may be misread, either way.
# Both logs are what it calls access logs: give the site no other.

(no_analytics) {
	# The decision. A field of @GUARD@ characters counts as an opt-out unread.
	@no_analytics_prefer header_regexp Prefer `@PREFER@`
	@no_analytics_user_agent header_regexp User-Agent `@USER_AGENT@`

	log shared {
		output file /var/log/caddy/shared.log
		format filter {
			request>remote_ip delete
			request>remote_port delete
			request>client_ip delete
			request>headers>Prefer delete
		}
	}
	log internal {
		output file /var/log/caddy/internal.log
		no_hostname
	}
	# The bit: which log a request's line goes to. The internal one has those who ask, the other one all others.
	log_name @no_analytics_prefer internal
	log_name @no_analytics_user_agent internal
}

# In each site, neither signal goes further in, nor a flag that a client made up:
#
#	reverse_proxy 127.0.0.1:8080 {
#		header_up -Prefer
#		header_up -X-No-Analytics
#		header_up User-Agent "@TAKE_OFF_LAST@" "$1$2"
#		header_up User-Agent "@TAKE_OFF_FIRST@" "$1$2"
#	}
#
# Nothing here touches the answer: no Vary, no Preference-Applied. Leave it so.
"""

RULES = {
    "caddy": Rule(
        "Caddy", "", "#", _BODY, "A36 is shared, B31 is left out (several field lines), if it does as documented"
    )
}
