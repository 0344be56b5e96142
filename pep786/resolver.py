"""Flag beats environment beats configuration (PEP 786, "Command Line Flag").

What deciding takes is the data at the top and the order of the three sources at the bottom; a source yields
its settings strongest first, and the first that says anything decides. The configuration files themselves
are the business of :mod:`pep786.config`.
"""

from __future__ import annotations

import os

from .decision import Decision, Setting, says_no
from .preference import prefer as _prefer
from .preference import user_agent as _user_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

#: Any of them opts out when it is not empty (PEP 786, "Environment Variable"). All are equal; the first
#: in this order is named as the origin (design, D2).
VARIABLES = ("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS")

#: "0" tells a tool that the one which started it was given ``--analytics``. Private: the variables above can only
#: opt out, and the opposite has to reach an isolated build too (design, D8).
#: "config" says that it was configuration which had the first of them written: no variable of a person's,
#: who may have chosen otherwise for single hosts (config/hosts.py).
HANDED_ON = "_PYTHON_NO_ANALYTICS"
BY_CONFIGURATION = "config"
CONFIGURED = "configuration, handed on by the tool that started this one"

#: "0" leaves the User-Agent as it is; the header is sent all the same (design, D19).
USER_AGENT_SWITCH = "PEP786_USER_AGENT"


def resolve(
    tool: str | None = None,
    *,
    flag: bool | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    command: str | None = None,
    isolated: bool = False,
) -> Decision:
    """Decide whether the preference is to be sent, and say who decided.

    tool      "pip", "uv", "poetry", "pdm", "hatch", "pipenv", another tool's name for its ``[tool.NAME]``,
              or None: no configuration is read.
    flag      True for ``--no-analytics``, False for ``--analytics``, None for neither.
    environ   a mapping of strings; os.environ if None.
    cwd       where the project is looked for; the current directory if None.
    command   pip's subcommand, whose section of pip.conf outranks ``[global]``.
    isolated  pip's ``--isolated``: the person's own pip.conf is not read (design, D9).

    Raises nothing for whatever stands in the environment or in a file: a fault there is a warning of the
    Decision, and where the key was written the answer is to opt out (design, D3 and D7).
    """
    if environ is None:
        environ = os.environ
    unread = _settings(flag, environ, lambda: _configured(tool, environ, cwd, command, isolated))
    found = []
    for setting in unread:
        found.append(setting)
        if setting.opted_out is not None:
            break
    return Decision(found, unread)


def wants_analytics_opt_out(
    tool: str | None = None,
    *,
    flag: bool | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> bool:
    """:func:`resolve` as a plain bool, under the name that the PEP teaches ("For Tool Authors")."""
    return resolve(tool, flag=flag, environ=environ, cwd=cwd).opted_out


def build_headers(
    user_agent: str,
    tool: str | None = None,
    *,
    flag: bool | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> dict[str, str]:
    """The request headers of a tool: its User-Agent, and Prefer when the person opted out ("For Tool Authors")."""
    headers = {"User-Agent": user_agent}
    if wants_analytics_opt_out(tool, flag=flag, environ=environ, cwd=cwd):
        headers["Prefer"] = _prefer(None)
        if wants_suffix(environ):
            headers["User-Agent"] = _user_agent(user_agent)
    return headers


def wants_suffix(environ: Mapping[str, str] | None = None) -> bool:
    """Whether the User-Agent suffix goes beside the header (design, D19)."""
    switch = (os.environ if environ is None else environ).get(USER_AGENT_SWITCH)
    return not switch or not says_no(switch)


def hand_on(decision: Decision, environ: MutableMapping[str, str], *, same_tool: bool = False) -> None:
    """Write the decision into environ for the tools that this process starts (design, D8).

    An opt-out goes into the first of the PEP's variables unless one is set, which every tool with native
    support understands. The opposite can only be said by taking them away and by :data:`HANDED_ON`, which is as strong
    as ``--analytics``. A ``false`` in a file is not: a tool with files of its own may have an opt-out there, which that
    file does not overrule. It goes to the same_tool only, whose other command may have another section, and never from
    a project's file (D6). A default is nobody's decision.
    """
    if decision.opted_out:
        if not any(environ.get(name) for name in VARIABLES):
            environ[VARIABLES[0]] = "1"
        if decision.source == "config" and _are_ours(environ):
            environ[HANDED_ON] = BY_CONFIGURATION
        else:
            environ.pop(HANDED_ON, None)
    elif decision.source == "flag" or (same_tool and decision.source == "config" and not _is_a_projects(decision)):
        for name in VARIABLES:
            environ.pop(name, None)
        environ[HANDED_ON] = "0"


def _is_a_projects(decision: Decision) -> bool:
    return next((one.scope for one in decision.considered if one.opted_out is not None), None) == "project"


def _are_ours(environ: Mapping[str, str]) -> bool:
    """Whether the variables are as :func:`hand_on` writes them: a person's own are more, or say it in another way."""
    return [environ.get(name) or "" for name in VARIABLES] == ["1", "", ""]


def _settings(
    flag: bool | None, environ: Mapping[str, str], configured: Callable[[], list[Setting]]
) -> Iterator[Setting]:
    """Every setting there is, strongest first: flag, environment, configuration."""
    if flag is not None:
        yield Setting("flag", flag, "--no-analytics" if flag else "--analytics")
    if environ.get(HANDED_ON) == "0":
        yield Setting("flag", False, "--analytics, handed on by the tool that started this one", "0")
    if environ.get(HANDED_ON) == BY_CONFIGURATION and _are_ours(environ):
        yield Setting("config", True, CONFIGURED, "1")
    else:
        for name in VARIABLES:
            value = environ.get(name)
            if value:
                yield Setting("environment", True, name, value)
    yield from configured()


def _configured(
    tool: str | None,
    environ: Mapping[str, str],
    cwd: str | os.PathLike[str] | None,
    command: str | None,
    isolated: bool,
) -> list[Setting]:
    """What the files say, the deciding setting first, then in the tool's own ranking (design, D5 and D6).

    A project's files come with a checkout: they can opt out, and undo no opt-out of the person's or the machine's.
    """
    if tool is None:
        return []
    from . import config

    ranked = config.settings(tool, environ, None if cwd is None else os.fspath(cwd), command=command, isolated=isolated)
    voices: dict[bool, Setting] = {}
    for setting in ranked:
        if setting.opted_out is not None:
            voices.setdefault(setting.scope == "project", setting)  # pragma: no mutate  two keys, whichever
    decisive = next((setting for setting in voices.values() if setting.opted_out), None)
    if decisive is None:
        return ranked
    return [decisive] + [setting for setting in ranked if setting is not decisive]
