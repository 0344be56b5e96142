"""``pep786 index filter``: logs without those who opted out."""

from __future__ import annotations

import importlib
import os
import sys

from ..output import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ...index.logs.inputs import Source
    from ...index.logs.lines import Format
    from ...index.logs.stream import Counts

_DESCRIPTION = """\
Read access logs and write what may be shared of them: every line but those of requests that opted out of
analytics, and broken ones. What is shared passes as it is, byte for byte. Reads plain, gzip and zstd, from
files and from standard input."""

_EPILOG = """\
Examples:
  pep786 index filter --format linehaul download.log > shared.log
  pep786 index filter --format nginx access.log.1.gz --output shared.log.gz --internal internal.log.gz
  pep786 index filter --format nginx --fields '$remote_addr [$time_local] "$request" $status "$http_user_agent" \
"$http_prefer"' access.log
  pep786 index filter --format apache --flag no_analytics --fields '%h %t "%r" %>s %{no_analytics}e' access_log
  pep786 index filter --format json --user-agent request.headers.User-Agent --prefer request.headers.Prefer caddy.log
  pep786 index filter --format nginx --resume --output shared.log access.log.1 access.log
  pep786 index filter --format parquet --flag no_analytics requests.parquet --output shared.parquet

The last line on standard error counts. Exit status: 0 done; 1 not done, and the outputs are as they were, if they are
files; 2 bad usage; 128 and the signal's number when interrupted."""

_FORMATS = ("linehaul", "nginx", "apache", "json", "cloudfront", "parquet")

# Which options a format has beside those that all have.
_OWN = {
    "linehaul": (),
    "nginx": ("fields", "flag", "status"),
    "apache": ("fields", "flag", "status"),
    "json": ("flag", "user_agent", "prefer", "status", "status_key"),
    "cloudfront": ("status",),
    "parquet": ("flag", "user_agent", "prefer"),
}


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this action to the command line."""
    import argparse

    parser = actions.add_parser(
        "filter",
        help="leave opted-out requests out of the logs that are shared",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", default=["-"], help="the logs; standard input if none, or -")
    add("--format", choices=_FORMATS, required=True, help="what the logs are written in")
    add("--output", metavar="FILE", default="-", help="what may be shared; *.gz and *.zst are compressed")
    add("--internal", metavar="FILE", help="all other lines; without it they go nowhere")
    add("--resume", action="store_true", help="append what is new since the run before; needs --output")
    add(
        "--on-bad",
        choices=("share-nothing", "stop"),
        default="share-nothing",
        help="a broken line stays internal (the default), or nothing at all is written",
    )
    reading = parser.add_argument_group("how a line is read")
    add = reading.add_argument
    add("--fields", metavar="FORMAT", help="nginx, apache: the log format as the server has it; combined if not given")
    add(
        "--flag",
        metavar="NAME",
        help="nginx, apache: the variable, json: the key, parquet: the column with the decision",
    )
    add(
        "--user-agent",
        metavar="KEY",
        help="json, parquet: where the User-Agent is (default: user_agent, which may be missing beside --flag alone)",
    )
    add("--prefer", metavar="KEY", help="json, parquet: where the Prefer field is; json: its last step in any case")
    add("--status", metavar="CODES", help="share only requests of these, such as 200,206,304")
    add("--status-key", metavar="KEY", help="json: where the status is (default: status)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Do what was asked, and answer with the exit status."""
    from ...index.logs.errors import LogError
    from ...signals import Interrupted

    try:
        counts = _filtered(arguments)
    except LogError as fault:
        _say(str(fault))
        return 2 if fault.usage else 1
    except Interrupted as signal:
        _say(f"interrupted; {_what_is_left(arguments)}")
        return signal.status
    except BrokenPipeError:
        raise
    except OSError as fault:
        _say(f"{fault.filename or 'output'}: {fault.strerror or fault}")
        return 1
    _report(counts)
    return 0


def _say(text: str) -> None:
    print(f"pep786 index filter: {plain(text)}", file=sys.stderr)


def _what_is_left(arguments: argparse.Namespace) -> str:
    from ...index.logs.outputs import is_stream

    if arguments.resume:
        return "the same command goes on from here"
    streams = [name for name in (arguments.output, arguments.internal) if is_stream(name) and name != os.devnull]
    names = " and ".join("standard output" if name == "-" else name for name in streams)
    return f"not all went to {names}" if names else "nothing was written"


def _report(counts: Counts) -> None:
    if counts.first_broken is not None:
        _say("the first broken line is {}, line {}".format(*counts.first_broken))
    if counts.unfinished:
        _say(f"{counts.unfinished} unfinished at the end of a log, left for the next run")
    held = ", ".join(f"{number} {verdict.value}" for verdict, number in counts.held.items())
    _say(f"{counts.lines} in, {counts.shared} out ({held})")


def _filtered(arguments: argparse.Namespace) -> Counts:
    from ...index.logs.errors import LogError

    own = _OWN[arguments.format]
    for option in ("fields", "flag", "user_agent", "prefer", "status", "status_key"):
        if getattr(arguments, option) is not None and option not in own:
            raise LogError(f"--{option.replace('_', '-')} is not for --format {arguments.format}", usage=True)
    if arguments.format == "parquet":
        return _parquet(arguments)
    form = _format(arguments)
    with _Progress(arguments.files) as progress:
        counts = _lines(arguments, form, progress)
    remark = form.remark()
    if remark:
        _say(remark)
    return counts


def _lines(arguments: argparse.Namespace, form: Format, progress: _Progress) -> Counts:
    from ...index.logs import run
    from ...index.logs.errors import LogError
    from ...index.logs.outputs import is_stream

    stop = arguments.on_bad == "stop"
    if not arguments.resume:
        return run.filter_logs(
            arguments.files, form, arguments.output, arguments.internal, stop=stop, progress=progress.show
        )
    # The link that stands for standard output leads to no path that a state could be kept beside.
    nameless = is_stream(arguments.output) and not os.path.exists(os.path.realpath(arguments.output))
    if nameless or "-" in {arguments.output, *arguments.files}:
        raise LogError("--resume needs files, and --output FILE", usage=True)
    settings = " ".join(
        f"--{name.replace('_', '-')} {getattr(arguments, name)}"
        for name in ("format", *_OWN[arguments.format], "internal")
        if getattr(arguments, name) is not None
    )
    return run.resume_logs(
        arguments.files,
        form,
        arguments.output,
        arguments.internal,
        settings=settings,
        stop=stop,
        progress=progress.show,
    )


def _format(arguments: argparse.Namespace) -> Format:
    statuses = _statuses(arguments.status)
    if arguments.format == "linehaul":
        from ...index.logs.linehaul import Linehaul

        return Linehaul()
    if arguments.format == "cloudfront":
        from ...index.logs.cloudfront import CloudFront

        return CloudFront(statuses)
    if arguments.format == "json":
        from ...index.logs.json_lines import JsonLines

        return JsonLines(arguments.user_agent, arguments.prefer, arguments.flag, arguments.status_key, statuses)
    from ...index.logs.combined import Combined

    return Combined(arguments.format, arguments.fields, arguments.flag, statuses)


def _statuses(codes: str | None) -> list[bytes]:
    from ...index.logs.errors import LogError

    if codes is None:
        return []
    words = codes.split(",")
    if not all(len(word) == 3 and word.isdigit() and word.isascii() for word in words):
        raise LogError(f"--status {codes}: expected codes such as 200,206,304", usage=True)
    return [word.encode() for word in words]


def _parquet(arguments: argparse.Namespace) -> Counts:
    from ...index.logs.errors import LogError
    from ...index.logs.parquet import filter_parquet

    streams = "-" in {*arguments.files, arguments.output, arguments.internal}
    if arguments.resume or streams or len(arguments.files) != 1:
        raise LogError("--format parquet takes one FILE and --output FILE, no -, and no --resume", usage=True)
    return filter_parquet(
        arguments.files[0],
        arguments.output,
        arguments.internal,
        flag=arguments.flag,
        user_agent=arguments.user_agent,
        prefer=arguments.prefer,
        stop=arguments.on_bad == "stop",
    )


class _Progress:
    """A bar on a terminal: tqdm's where it is installed, a percentage where not, nothing anywhere else."""

    def __init__(self, files: list[str]) -> None:
        self._total = sum(os.path.getsize(name) for name in files if os.path.isfile(name))
        self._show: Callable[[int], object] = lambda _: None
        self._bar: object = None
        self._done, self._source, self._before = 0, "", 0

    def __enter__(self) -> _Progress:  # noqa: PYI034  Python 3.8 has no Self
        if not sys.stderr.isatty() or not self._total:
            return self
        try:
            tqdm = importlib.import_module("tqdm").tqdm
        except ImportError:
            self._show = self._percent
        else:
            self._bar = bar = tqdm(total=self._total, unit="B", unit_scale=True, leave=False, file=sys.stderr)
            self._show = bar.update
        return self

    def __exit__(self, *_: object) -> None:
        close = getattr(self._bar, "close", None)
        if close is not None:
            close()
        elif self._show == self._percent:
            print("\r    \r", end="", file=sys.stderr, flush=True)

    def show(self, source: Source) -> None:
        """Some of this log has been read."""
        if source.name != self._source:
            self._source, self._before = source.name, 0
        read = source.read()
        self._show(read - self._before)
        self._before = read

    def _percent(self, more: int) -> None:
        before, self._done = self._done, self._done + more
        if before * 100 // self._total != self._done * 100 // self._total:
            print(f"\r{min(99, self._done * 100 // self._total):3}%", end="", file=sys.stderr, flush=True)
