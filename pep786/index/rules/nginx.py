"""nginx: two maps decide, a third one is the bit, two access logs read it.

Source: nginx's documentation of ngx_http_map_module, ngx_http_log_module (``if=``, ``escape=json``) and
ngx_http_proxy_module (``proxy_set_header``); its change log of 1.23.0, from which on several lines of a field are one
variable; the README of echo-nginx-module for ``$echo_client_request_headers``.
"""

from __future__ import annotations

from . import Rule

_PLACE = """\
# Where it goes: into http { }. As a file in /etc/nginx/conf.d it is there already.
# What it needs from you: no access_log in a server or location, since that would replace the two below (another one in
# http { }, as Debian's nginx.conf has it, still gets everybody: it is not to be shared); and the three proxy_set_header
# lines again in each server and location that has proxy_set_header lines of its own.
"""

_FIRST_LINE_ONLY = """\
#
# NGINX BEFORE 1.23 SEES ONLY THE FIRST OF SEVERAL Prefer LINES. WHO ASKS IN A LATER ONE IS SHARED. Take
# `pep786 index rules nginx-1.22` there; it needs the echo module, which Debian's nginx-light and nginx-extras have.
"""

_WITH_ECHO = """\
#
# For nginx before 1.23, which sees only the first of several Prefer lines. It needs the echo module, which
# Debian's nginx-light and nginx-extras have (libnginx-mod-http-echo). Two lines count as an opt-out, whatever they
# say: no tool that installs packages sends two for anything else. Over HTTP/2 the module sees nothing, and only the
# first line counts.
"""

_DECISION = """
# The decision, once per request, from what the client sent. A field of @GUARD@ characters counts as an opt-out unread.
map $http_prefer $no_analytics_prefer {
    default 0;
    "~@PREFER@" 1;
}
map $http_user_agent $no_analytics_user_agent {
    default 0;
    "~@USER_AGENT@" 1;
}
"""

_ONE_LINE = """
# The one bit: 1 for a request that is to be left out.
map "$no_analytics_prefer$no_analytics_user_agent" $no_analytics {
    default 1;
    00 0;
}
"""

_MANY_LINES = """
# Two lines or more.
map $echo_client_request_headers $no_analytics_lines {
    default 0;
    "~*\\nprefer:[\\s\\S]*\\nprefer:" 1;
}

# The one bit: 1 for a request that is to be left out.
map "$no_analytics_prefer$no_analytics_lines$no_analytics_user_agent" $no_analytics {
    default 1;
    000 0;
}
"""

_REST = """
# What may be shared: the bit is 0, and something was served. A request that was refused before its fields were read
# has another status, and stays inside.
map "$no_analytics $status" $no_analytics_share {
    default 0;
    "0 200" 1;
    "0 206" 1;
    "0 304" 1;
}

# The User-Agent without the comment, so that statistics of your own still know pip and uv. One comment comes off
# behind the quoted text and one before it; with more than these it becomes empty.
map $http_user_agent $no_analytics_last_off {
    default $http_user_agent;
    "~@TAKE_OFF_LAST@" $1$2;
}
map $no_analytics_last_off $no_analytics_first_off {
    default $no_analytics_last_off;
    "~@TAKE_OFF_FIRST@" $1$2;
}
map $no_analytics_first_off $user_agent_kept {
    default $no_analytics_first_off;
    "~@USER_AGENT@" "";
}

# What is shared has no sign of the bit, and no address. JSON, since nginx's own escaping writes a quote as \\x22, and
# whoever looks for the comment in such a log takes a person's text in pip's JSON for it.
log_format shared_json escape=json
    '{"time":"$time_iso8601","method":"$request_method","path":"$uri","status":$status,'
    '"bytes":$body_bytes_sent,"user_agent":"$http_user_agent"}';
log_format internal_json escape=json
    '{"time":"$time_iso8601","address":"$remote_addr","method":"$request_method","path":"$uri","status":$status,'
    '"bytes":$body_bytes_sent,"user_agent":"$user_agent_kept","no_analytics":$no_analytics}';
access_log /var/log/nginx/shared.log shared_json if=$no_analytics_share;
access_log /var/log/nginx/internal.log internal_json;

# Neither signal goes further in, nor a flag that a client made up. All of Prefer goes: an index has no use for the
# rest. For FastCGI and uwsgi: fastcgi_param HTTP_PREFER ""; fastcgi_param HTTP_USER_AGENT $user_agent_kept;
proxy_set_header Prefer "";
proxy_set_header User-Agent $user_agent_kept;
proxy_set_header X-No-Analytics "";

# Nothing here touches the answer: no Vary, no Preference-Applied, no other cache key. Leave it so.
"""

RULES = {
    "nginx": Rule(
        "nginx",
        "nginx 1.22.1 (Debian 12)",
        "#",
        _PLACE + _FIRST_LINE_ONLY + _DECISION + _ONE_LINE + _REST,
        "before 1.23, A20, A22, A23, A36, A42 are shared (several field lines)",
    ),
    "nginx-1.22": Rule(
        "nginx before 1.23 with the echo module",
        "nginx 1.22.1 (Debian 12)",
        "#",
        _PLACE + _WITH_ECHO + _DECISION + _MANY_LINES + _REST,
        "B30, B31, B34, B38 are left out (two lines are)",
    ),
}
