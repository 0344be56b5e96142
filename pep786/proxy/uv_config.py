"""Until uv knows the key ``no-analytics``, it is shielded from it (design, D17; facts about uv, T1 to T6).

With the key in ``[tool.uv]`` uv drops the whole table, and asks the public index for what is in the private one; in
a uv.toml it ends. So uv is given a copy of its configuration without the key, in one file that UV_CONFIG_FILE or
``--config-file`` names, and reads no other; what belongs to the project alone it goes on reading there. What uv
starts inherits the variable: a second uv is shielded too, but in another project it reads this one's copy, unless
``pep786 run`` stands before it as well and forgets that copy (:func:`disinherit`).

    line = uv_options.parse(["uv", "sync", "--no-analytics"])
    shield = uv_config.shield(line, environ, proxied=True)
    shield.command      # ["uv", "sync"]; environ["UV_CONFIG_FILE"] may have been set
    shield.paths        # to be removed, in this order, once uv has ended: see lifetime.remove_after
    shield.proxies      # {"https-proxy": "http://..."}: taken from uv's files, for the proxy to go through
    shield.notes        # lines for the person
"""

from __future__ import annotations

import os

from ..config import toml
from ..config.table import KEY
from ..config.values import show
from . import uv_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable, Mapping, MutableMapping

    from .uv_files import Source
    from .uv_options import Line

#: They switch off every proxy that the environment names (T6).
PROXY_KEYS = ("http-proxy", "https-proxy", "no-proxy")

# What is in a file that has something to tell the proxy: its proxies, its certificates, what is no index.
_FOR_THE_PROXY = (
    *(key.encode() for key in PROXY_KEYS),
    *(b"-certs", b"native-tls", b"-mirror", b"-json-url", b"check-url", b"publish-url"),
)

# A quoted key can have its letters as \u002d, or in TOML 1.1 as \x2d.
_ESCAPES = (b"\\u", b"\\U", b"\\x")

# uv reads them where they are, and refuses most of them in a uv.toml.
_OF_THE_PROJECT = frozenset(
    (
        *("build-backend", "conflicts", "default-groups", "dependency-groups", "dev-dependencies", "environments"),
        *("managed", "minimum-libc-version", "package", "required-environments", "sources", "workspace"),
    )
)

# The ones that `uv pip compile` takes from the settings all the same.
_MISSED_BY_PIP_COMPILE = ("environments", "required-environments")

# One setting under two names: the stronger file's stands alone.
_PREVIEW = ("preview", "preview-features")

# The copy that UV_CONFIG_FILE names, and what the variable held before: how an inner `pep786 run` knows an outer one.
_COPY, _BEFORE = "_PEP786_UV_CONFIG_COPY", "_PEP786_UV_CONFIG_BEFORE"

_UNSHIELDED = "uv may read it, and cannot be shielded from what is in it"
_WITHOUT = "pip install 'pep786-shim[proxy]'"


class ShieldError(Exception):
    """uv cannot be shielded; the message is one line for the person, and uv must not run."""


class Shield:
    """What came of it.

    command   to run instead.
    paths     files and then folders, to be removed in this order when uv has ended.
    proxies   the proxy keys that were taken out, as uv would have merged them.
    settings  all of uv's other settings, merged; None where no file has a word that matters here.
    personal  those of them that are the person's or the machine's: a checkout has no say in what is no index (D6).
    notes     lines for the person.
    """

    __slots__ = ("command", "notes", "paths", "personal", "proxies", "settings")

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.paths: list[str] = []
        self.proxies: dict[str, Any] = {}
        self.settings: dict[str, Any] | None = None
        self.personal: dict[str, Any] = {}
        self.notes: list[str] = []


def shield(
    line: Line,
    environ: MutableMapping[str, str],
    *,
    proxied: bool,
    cwd: str | None = None,
    announce: Callable[[list[str]], object] = id,
) -> Shield:
    """Have uv run as if the key were nowhere: with a copy of its configuration where that takes one.

    environ  the child's; UV_CONFIG_FILE is set in it.
    proxied  whether uv goes through the proxy: then its own proxy settings are taken out too.
    announce is told the paths before anything is there.

    Raises ShieldError; no file is left then. That is so, too, where uv may read what we cannot: its proxies would lead
    past ours, and with the key in there it would forget its indexes.
    """
    result = Shield(list(line.command))
    seen = uv_files.understood(line, environ)
    result.notes += _script_notes(uv_files.script(line, seen, cwd), proxied=proxied)
    words = (KEY.encode(), *_ESCAPES, *(_FOR_THE_PROXY if proxied else ()))
    if not uv_files.mentioned(line, seen, cwd, words, unread=proxied):
        return result
    try:
        sources = uv_files.sources(line, seen, cwd)
    except uv_files.NotReadableError as fault:
        if proxied or uv_files.mentioned(line, seen, cwd, words[:1], unread=False):
            raise ShieldError(f"{fault}; {_UNSHIELDED}") from fault
        return result
    unwanted = (KEY, *PROXY_KEYS) if proxied else (KEY,)
    result.settings = merged(sources, (KEY,))
    personal = (line.named_file(seen, cwd), *uv_files.beyond_the_project(seen))
    result.personal = merged([source for source in sources if source.path in personal], (KEY,))
    if proxied:
        result.proxies = {key: result.settings.pop(key) for key in PROXY_KEYS if key in result.settings}
    if any(key in source.settings for source in sources for key in unwanted):
        if line.words == ["pip", "compile"]:
            result.notes += _missed(sources)
        result.paths, target = _write(sources, unwanted, _beside(line, sources), announce)
        if "--config-file" in line.values:
            result.command = line.with_config_file(target)
        else:
            environ[_BEFORE] = environ.get("UV_CONFIG_FILE", "")
            environ["UV_CONFIG_FILE"] = environ[_COPY] = target
    return result


def disinherit(environ: MutableMapping[str, str]) -> None:
    """Undo what an outer ``pep786 run`` did to the environment: its copy is of another uv's configuration."""
    copy, before = environ.pop(_COPY, None), environ.pop(_BEFORE, "")
    if copy and environ.get("UV_CONFIG_FILE") == copy:
        del environ["UV_CONFIG_FILE"]
        if before:
            environ["UV_CONFIG_FILE"] = before


def merged(sources: Iterable[Source], unwanted: Iterable[str], folder: str | None = None) -> dict[str, Any]:
    """The settings of all files as uv merges them, without those of the project alone and the unwanted.

    folder  where the copy will be: relative paths are made relative to it. None: as they are written.
    """
    result: dict[str, Any] = {}
    for source in sources:
        dropped = _OF_THE_PROJECT.union(unwanted, _PREVIEW if any(key in result for key in _PREVIEW) else ())
        settings = {key: value for key, value in source.settings.items() if key not in dropped}
        if folder is not None:
            settings = _rebased(settings, os.path.dirname(source.path), folder)
        _combine(result, settings)
    return result


def _combine(strong: dict[str, Any], weak: Mapping[str, Any], *, listed: bool = False) -> None:
    """Add the weak settings to the strong: lists are joined, tables merged, of all else the strong one stays.

    listed  the values are those of ``config-settings``: two of them become a list.
    """
    for key, value in weak.items():
        known = strong.get(key)
        if known is None:
            strong[key] = dict(value) if isinstance(value, dict) else value
        elif isinstance(known, dict) and isinstance(value, dict):
            inside = listed or key in ("config-settings", "config-settings-package")
            strong[key] = dict(known)
            _combine(strong[key], value, listed=inside)
        elif listed or (isinstance(known, list) and isinstance(value, list)):
            strong[key] = [*_as_list(known), *_as_list(value)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rebased(settings: Mapping[str, Any], origin: str, folder: str) -> dict[str, Any]:
    """The settings with paths relative to one folder made relative to another: uv.lock has them as they resolve."""

    def moved(value: Any) -> Any:
        return _moved(value, origin, folder) if _is_relative(value) else value

    result = dict(settings)
    for key, value in settings.items():
        if key == "index-url":
            result[key] = moved(value)
        elif key in ("extra-index-url", "find-links") and isinstance(value, list):
            result[key] = [moved(path) for path in value]
        elif key == "index" and isinstance(value, list):
            result[key] = [{**index, "url": moved(index.get("url"))} for index in value if isinstance(index, dict)]
        elif key == "pip" and isinstance(value, dict):
            result[key] = _rebased(value, origin, folder)
    return result


def _is_relative(value: Any) -> bool:
    """Whether uv takes it for a path from the file's folder; a drive's letter looks like a scheme."""
    import re

    return isinstance(value, str) and not os.path.isabs(value) and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value)


def _moved(path: str, origin: str, folder: str) -> str:
    absolute = os.path.normpath(os.path.join(origin, path))
    try:
        relative = os.path.relpath(absolute, folder).replace(os.sep, "/")
    except ValueError:  # on another drive
        return absolute
    return relative + "/" if path.endswith("/") else relative


def _beside(line: Line, sources: list[Source]) -> str | None:
    """The folder to put the copy in, if not a temporary one: where relative paths are printed as they are written."""
    tables = [table for source in sources for table in (source.settings, source.settings.get("pip"))]
    emits = any(argument.startswith("--emit-") for argument in line.switches) or any(
        key.startswith("emit-") for table in tables if isinstance(table, dict) for key in table
    )
    if emits:
        for source in sources:
            origin = os.path.dirname(source.path)
            if _rebased(source.settings, origin, os.path.join(origin, "elsewhere")) != source.settings:
                return origin if os.access(origin, os.W_OK) else None
    return None


def _write(
    sources: list[Source], unwanted: tuple[str, ...], folder: str | None, announce: Callable[[list[str]], object]
) -> tuple[list[str], str]:
    """Write the copy, for this user's eyes: there may be passwords in it. Returns what to remove, and its path."""
    try:
        import tomli_w
    except ImportError:
        raise ShieldError(
            f"uv has to be shielded from {KEY} in {_places(sources, unwanted)}, which takes the extra: {_WITHOUT}"
        ) from None
    from . import lifetime

    if folder is None:
        folder = lifetime.new_folder()
        doomed = [os.path.join(folder, "uv.toml"), folder]
    else:
        doomed = [os.path.join(folder, f".pep786-uv-{os.urandom(8).hex()}.toml")]
    try:
        announce(doomed)
        for new in doomed[1:]:
            os.mkdir(new, 0o700)
        handle = os.open(doomed[0], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"# A copy that pep786 run made of: {_places(sources, ())}\n")
            file.write(tomli_w.dumps(merged(sources, unwanted, folder)))
    except (OSError, RuntimeError, TypeError, ValueError) as fault:
        lifetime.remove(doomed)
        raise ShieldError(f"no copy of uv's configuration can be written: {show(str(fault), 200)}") from fault
    return doomed, doomed[0]


def _places(sources: list[Source], unwanted: tuple[str, ...]) -> str:
    """The files for a person; of those that hold something unwanted, if that is asked for."""
    holding = [source for source in sources if not unwanted or any(key in source.settings for key in unwanted)]
    return ", ".join(show(source.path, 4096) for source in holding)


def _missed(sources: list[Source]) -> list[str]:
    return [
        f"{show(source.path, 4096)}: uv pip compile runs without its {key}, which no copy can hold; "
        f"write {KEY} into [tool.pep786] instead"
        for source in sources
        for key in _MISSED_BY_PIP_COMPILE
        if key in source.settings
    ]


def _script_notes(path: str | None, *, proxied: bool) -> list[str]:
    """What to say of a script whose own settings hold the key: no other file can take their place (T3).

    Raises ShieldError where uv is to go through the proxy, and they lead past it or cannot be read.
    """
    if path is None:
        return []
    words = (KEY, *PROXY_KEYS) if proxied else (KEY,)
    where = show(path, 4096)
    try:
        text, before = uv_files.script_block(path)
        if not any(word in text for word in (*words, *(escape.decode() for escape in _ESCAPES))):
            return []
        found = uv_files.table(toml.parse(text), "tool", "uv") or {}
    except uv_files.NotReadableError as fault:
        if proxied:
            raise ShieldError(f"{fault}; {_UNSHIELDED}") from fault
        return []
    except ValueError as fault:
        if proxied:
            raise ShieldError(f"{where} has settings that cannot be parsed, {fault}; {_UNSHIELDED}") from fault
        return []
    for key in words:
        if key in found:
            place = f"{where}, line {before + (toml.line_of(text, 'tool.uv', key) or 1)}"
            if key != KEY:
                variable = key.upper().replace("-", "_")
                raise ShieldError(f"{place}: {key} leads uv past the proxy; take the line out and set {variable}")
            refused = f"uv does not know {KEY} in a script and refuses it; take the line out and set PIP_NO_ANALYTICS=1"
            return [f"{place}: {refused}"]
    return []
