"""Fastly: the same as for Varnish in Fastly's own dialect. It cannot be run outside Fastly.

Source: Fastly's documentation of ``std.collect``, ``fastly.ff.visits_this_service``, ``log`` and of its regular
expressions (PCRE); pypi/infra, terraform/file-hosting/vcl/files.vcl, for where an index of this size logs its downloads.
"""

# ruff: noqa: E501  a log statement stands on one line
from __future__ import annotations

from . import Rule, vcl

_BODY = r"""
# Where it goes: four VCL snippets of the service (vcl_recv, vcl_miss and vcl_pass, vcl_log), at priority 1. The two
# log endpoints, downloads_shared and downloads_internal, must have the placement "none", so that only vcl_log writes.
# Other endpoints that get single requests (sampling, security, storage access logs) are shared with whoever runs them.

# ---- vcl_recv
# At the edge only, and once: behind the shield and after a restart the signals are gone, and the bit is there. The
# variable for the shield is Fastly's own, which no client can forge, as it can Fastly-FF.
if (fastly.ff.visits_this_service == 0 && req.restarts == 0) {
  unset req.http.X-No-Analytics;
  # Several lines are one list. A field of @GUARD@ characters counts as an opt-out unread.
  std.collect(req.http.Prefer, ",");
@DECIDE@
  # Neither signal goes further in. What more than two comments leave is no User-Agent at all.
@TAKE_OFF@
}

# ---- vcl_miss, and the same in vcl_pass
# The shield is this service again, and there the bit must not be decided anew; an origin has no use for it.
if (!req.backend.is_shield) {
  unset bereq.http.X-No-Analytics;
}
unset bereq.http.Prefer;

# ---- vcl_log
# What is shared, with no sign of the bit; and all, for those who run the index. The first word differs, so that a
# reader of the one cannot parse the other by mistake.
if (fastly.ff.visits_this_service == 0) {
  if (!req.http.X-No-Analytics && (resp.status == 200 || resp.status == 206 || resp.status == 304)) {
    log {"syslog "} req.service_id {" downloads_shared :: download|"} now {"|"} req.url.path {"|"} resp.status {"|"} req.http.User-Agent;
  }
  log {"syslog "} req.service_id {" downloads_internal :: "} if(req.http.X-No-Analytics, "download-private|", "download|")
      now {"|"} req.url.path {"|"} resp.status {"|"} req.http.User-Agent;
}

# Nothing here touches the answer: no Vary, no Preference-Applied, no other cache key. Leave it so.
"""

RULES = {"fastly": Rule("Fastly VCL", "", "#", vcl.filled(_BODY, 2))}
