"""Apache httpd: SetEnvIf decides, an environment variable is the bit, two CustomLogs read it.

Source: httpd's documentation of mod_setenvif, mod_headers, mod_log_config (``expr=``) and of expressions; its
server/request.c for the order: SetEnvIf reads a request before any cache answers it, RequestHeader without ``early``
changes it afterwards.
"""

from __future__ import annotations

from . import Rule

_BODY = r"""
# Where it goes: into the server's configuration or a <VirtualHost>; on Debian /etc/apache2/conf-available, and
# a2enconf. It needs mod_setenvif, mod_headers and mod_log_config: a2enmod headers.
# What it needs from you: no other CustomLog or TransferLog that is shared. A <VirtualHost> with a CustomLog of its own
# takes none from outside it: put the whole of this into it then.

# The decision, once per request, from what the client sent; several Prefer lines are one. A field of @GUARD@ characters
# counts as an opt-out unread. The third line carries the bit through internal redirects (ErrorDocument, rewriting); it
# is an expression since SetEnvIf would take a field of that name for it.
SetEnvIf Prefer "@PREFER@" no_analytics=1
SetEnvIf User-Agent "@USER_AGENT@" no_analytics=1
SetEnvIfExpr "reqenv('REDIRECT_no_analytics') == '1'" no_analytics=1

# Neither signal goes further in, nor a flag that a client made up. All of Prefer goes: an index has no use for the
# rest. One comment comes off behind the quoted text of the User-Agent and one before it; with more than these it
# goes altogether. Not "early": that would be before the decision.
RequestHeader unset Prefer
RequestHeader unset X-No-Analytics
RequestHeader edit User-Agent "@TAKE_OFF_LAST@" "$1$2"
RequestHeader edit User-Agent "@TAKE_OFF_FIRST@" "$1$2"
RequestHeader unset User-Agent "expr=%{HTTP:User-Agent} =~ m#@USER_AGENT@#"

# What is shared has no sign of the bit, and no address. A request that was refused before its fields were read has
# another status, and stays inside. Apache writes a quote as \" there: who looks for the comment in this log, and
# does not undo that, takes a person's text in pip's JSON for it.
LogFormat "%{%Y-%m-%dT%H:%M:%S%z}t|%m|%U|%>s|%B|%{User-Agent}i" no_analytics_shared
LogFormat "%{%Y-%m-%dT%H:%M:%S%z}t|%a|%m|%U|%>s|%B|%{no_analytics}e|%{User-Agent}i" no_analytics_internal
CustomLog "${APACHE_LOG_DIR}/shared.log" no_analytics_shared \
    "expr=-z reqenv('no_analytics') && -z reqenv('REDIRECT_no_analytics') && %{REQUEST_STATUS} in {'200', '206', '304'}"
CustomLog "${APACHE_LOG_DIR}/internal.log" no_analytics_internal

# Nothing here touches the answer: no Vary, no Preference-Applied, no other cache key. Leave it so.
"""

RULES = {"apache": Rule("Apache httpd 2.4", "Apache 2.4 (Debian 12)", "#", _BODY)}
