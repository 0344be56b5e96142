"""A Varnish in front of an index that writes linehaul's lines: to one log all of them, to the other what is shared.

The line is `type|time|country|path|TLS|cipher|project|version|kind|User-Agent`
(linehaul/events/parser.py of the released linehaul). Who asked to be left out gets another type, which a reader
that has never heard of it does not parse.
"""

from __future__ import annotations

from pep786.index import rules

BACKEND = """\
vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "%d"; }
"""

# What linehaul wants to know of a file is not in pypiserver's answer (PyPI's storage gives it in fields of its
# own), so it is taken from the file's name.
LINE = r"""
sub vcl_recv {
    # As PyPI's edge does: a file is fetched or it is not, and no 304 stands in the log as a download.
    if (req.url ~ "^/packages/") { unset req.http.If-Modified-Since; unset req.http.If-None-Match; }
}
sub linehaul {
    if (req.url ~ "^/packages/[^/]+\.whl$") {
        set req.http.X-Line-Type = "download";
        set req.http.X-Line-File = regsub(req.url, "^/packages/([^-]+)-([^-]+)-.*$", "\1|\2|bdist_wheel");
    } else if (req.url ~ "^/packages/[^/]+\.tar\.gz$") {
        set req.http.X-Line-Type = "download";
        set req.http.X-Line-File = regsub(req.url, "^/packages/([^-]+)-([^-]+)\.tar\.gz$", "\1|\2|sdist");
    } else if (req.url ~ "^/simple/.+/") {
        set req.http.X-Line-Type = "simple";
        set req.http.X-Line-File = "||";
    } else {
        set req.http.X-Line-Type = "other";
        set req.http.X-Line-File = "||";
    }
    # HEAD and what was not found are nobody's downloads. 206 and 304 are made of this 200 later on.
    if (req.method != "GET" || resp.status != 200) { set req.http.X-Line-Type = "other"; }
    if (req.http.X-No-Analytics) { set req.http.X-Line-Type = req.http.X-Line-Type + "-private"; }
    std.log("linehaul:" + req.http.X-Line-Type + "|" + now + "||" + req.url + "|(null)|(null)|"
        + req.http.X-Line-File + "|" + req.http.User-Agent);
}
sub vcl_deliver { call linehaul; }
sub vcl_synth { call linehaul; }
"""

#: A record of Varnish's log holds 255 bytes unless it is told otherwise; pip's User-Agent alone is longer.
PARAMETERS = ("-p", "vsl_reclen=4084")

# The two log writers of `pep786 index rules varnish`, but with linehaul's line, and sharing what linehaul counts.
EVERYTHING = ("-F", "%{VCL_Log:linehaul}x")
_TO_SHARE = 'VCL_Log:no-analytics-share and RespStatus ~ "^(200|206|304)$"'
SHARED = (*EVERYTHING, "-q", f'{_TO_SHARE} and VCL_Log:linehaul ~ "^(download|simple)"')

#: Debian's nginx 1.22 needs it to see more than the first of several field lines.
ECHO_MODULE = "/usr/lib/nginx/modules/ngx_http_echo_module.so"

NGINX = """\
load_module {module};
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/no-analytics.conf;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{behind}; }}
    }}
}}
"""


def vcl(port: int) -> str:
    """Varnish's whole configuration for an index at this port of loopback."""
    assert _TO_SHARE in rules.text("varnish")
    return BACKEND % port + rules.text("varnish") + LINE
