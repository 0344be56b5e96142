"""Where each tool keeps its configuration: data, to be held against each tool's own documentation.

A tool has a tuple of rows, strongest first (D5 of the design), all above ``[tool.pep786]`` and our
own files. A template is ``{NAME}`` and what follows; ``locations.py`` says what each NAME stands for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..decision import Scope

KEY = "no-analytics"

#: As it stands in a file, right (pip takes both in an INI file, D4) and nearly right.
SPELLINGS = (b"no-analytics", b"no_analytics")


class Row:
    """One place in a tool's configuration.

    scope    as in ``Setting``.
    linux    the template; ``macos`` and ``windows`` are the same unless given, "" means not there.
             On Windows the slashes are turned round.
    table    the table of a TOML file that holds the key ("" is the top level), "ini" for pip's format.
    unless   what silences the row: ``set:V`` variable V is not empty, ``true:V`` V says yes,
             ``file:V`` V names an existing file, ``null:V`` V is the null device, ``isolated``.
    first    of several paths only the first that exists is read.
    """

    __slots__ = ("first", "linux", "macos", "scope", "table", "unless", "windows")

    def __init__(
        self,
        scope: Scope,
        linux: str,
        *,
        macos: str | None = None,
        windows: str | None = None,
        table: str = "",
        unless: tuple[str, ...] = (),
        first: bool = False,
    ) -> None:
        self.scope: Scope = scope
        self.linux = linux
        self.macos = linux if macos is None else macos
        self.windows = linux if windows is None else windows
        self.table = table
        self.unless = unless
        self.first = first

    def template(self, platform: str) -> str:
        """The template for a ``sys.platform``; whatever is not macOS or Windows counts as Linux."""
        return self.macos if platform == "darwin" else self.windows if platform == "win32" else self.linux


def pyproject(tool: str) -> Row:
    """The ``[tool.NAME]`` table of the project (PEP 786, "Configuration File Option")."""
    return Row("project", "{PROJECT}/pyproject.toml", table="tool." + tool)


_NULL = ("null:PIP_CONFIG_FILE",)
_USER = ("null:PIP_CONFIG_FILE", "file:PIP_CONFIG_FILE", "isolated")

# pip: _internal/configuration.py (get_configuration_files, iter_config_files), _internal/utils/appdirs.py.
# Of XDG_CONFIG_DIRS and its like pip lets the later entry win, and /etc beats them all.
_PIP = (
    Row("named", "{PIP_CONFIG_FILE}", table="ini", unless=_NULL),
    Row("site", "{PREFIX}/pip.conf", windows="{PREFIX}/pip.ini", table="ini", unless=_NULL),
    Row(
        "user",
        "{XDG_CONFIG_HOME}/pip/pip.conf",
        macos="{MACOS_PIP}/pip.conf",
        windows="{APPDATA}/pip/pip.ini",
        table="ini",
        unless=_USER,
    ),
    Row("user", "{HOME}/.pip/pip.conf", windows="{HOME}/pip/pip.ini", table="ini", unless=_USER),
    Row("global", "/etc/pip.conf", macos="", windows="", table="ini", unless=_NULL),
    Row(
        "global",
        "{XDG_CONFIG_DIRS_REVERSED}/pip/pip.conf",
        macos="/Library/Application Support/pip/pip.conf",
        windows="{PROGRAMDATA}/pip/pip.ini",
        table="ini",
        unless=_NULL,
    ),
    Row("global", "", macos="{HOMEBREW}/share/pip/pip.conf", windows="", table="ini", unless=_NULL),
    Row("global", "", macos="{XDG_DATA_DIRS_REVERSED}/pip/pip.conf", windows="", table="ini", unless=_NULL),
)

# uv: crates/uv-settings/src/lib.rs (find, from_directory), crates/uv-dirs/src/lib.rs, crates/uv/src/lib.rs.
# A file named by UV_CONFIG_FILE is the only one uv reads, even with UV_NO_CONFIG.
_UV_FOUND = ("set:UV_CONFIG_FILE", "true:UV_NO_CONFIG")
_UV = (
    Row("named", "{UV_CONFIG_FILE}"),
    Row("project", "{UV_TOML}", unless=_UV_FOUND),
    Row("project", "{UV_PYPROJECT}", table="tool.uv", unless=_UV_FOUND),
    Row("user", "{XDG_CONFIG_HOME}/uv/uv.toml", windows="{APPDATA}/uv/uv.toml", unless=_UV_FOUND),
    Row(
        "global",
        "{UV_SYSTEM}/uv/uv.toml",
        windows="{SYSTEMDRIVE}/ProgramData/uv/uv.toml",
        unless=(*_UV_FOUND, "true:UV_NO_SYSTEM_CONFIG"),
        first=True,
    ),
)

# poetry: locations.py, factory.py (create_poetry), config/config.py (create). It reads no settings from
# [tool.poetry] and refuses an unknown key there; one that is there was meant for it all the same.
# auth.toml is left alone: it holds passwords.
_POETRY = (
    Row("project", "{PROJECT}/poetry.toml"),
    pyproject("poetry"),
    Row("named", "{POETRY_CONFIG_DIR}/config.toml"),
    Row(
        "user",
        "{XDG_CONFIG_HOME}/pypoetry/config.toml",
        macos="{MACOS_CONFIG}/pypoetry/config.toml",
        windows="{APPDATA}/pypoetry/config.toml",
        unless=("set:POETRY_CONFIG_DIR",),
    ),
)

# pdm: project/core.py (__init__, config), project/config.py (get_defaults). platformdirs is asked without an
# author there, hence the doubled name on Windows; of the machine's folders pdm takes the first only.
_PDM = (
    Row("project", "{PROJECT}/pdm.toml"),
    Row("project", "{PROJECT}/.pdm.toml"),  # pdm 1
    pyproject("pdm"),
    Row("named", "{PDM_CONFIG_FILE}"),
    Row(
        "user",
        "{XDG_CONFIG_HOME}/pdm/config.toml",
        macos="{MACOS_CONFIG}/pdm/config.toml",
        windows="{LOCALAPPDATA}/pdm/pdm/config.toml",
        unless=("set:PDM_CONFIG_FILE",),
    ),
    Row("user", "{HOME}/.pdm/config.toml", unless=("set:PDM_CONFIG_FILE",)),  # pdm 1
    Row(
        "global",
        "{XDG_CONFIG_DIRS_FIRST}/pdm/config.toml",
        macos="{MACOS_SITE_FIRST}/pdm/config.toml",
        windows="{PROGRAMDATA}/pdm/pdm/config.toml",
    ),
)

# hatch: hatch/config/user.py, hatch/cli/__init__.py; hatch.toml over [tool.hatch]: hatchling/metadata/core.py.
_HATCH = (
    Row("project", "{PROJECT}/hatch.toml"),
    pyproject("hatch"),
    Row("named", "{HATCH_CONFIG}"),
    Row(
        "user",
        "{XDG_CONFIG_HOME}/hatch/config.toml",
        macos="{MACOS_CONFIG}/hatch/config.toml",
        windows="{LOCALAPPDATA}/hatch/config.toml",
        unless=("set:HATCH_CONFIG",),
    ),
)

# pipenv: environments.py, utils/pipfile.py; project.py asks pip's configuration for its indexes, and the pip
# that pipenv starts is told PIP_CONFIG_FILE=/dev/null, so that a pip.conf counts here or nowhere.
_PIPENV = (
    Row("project", "{PIPENV_PIPFILE}", table="pipenv"),
    Row("project", "{PROJECT}/Pipfile", table="pipenv", unless=("set:PIPENV_PIPFILE",)),
    pyproject("pipenv"),
    *_PIP,
)

TOOLS: dict[str, tuple[Row, ...]] = {
    "pip": (*_PIP, pyproject("pip")),
    "uv": _UV,
    "poetry": _POETRY,
    "pdm": _PDM,
    "hatch": _HATCH,
    "pipenv": _PIPENV,
    "pip-tools": (Row("project", "{PROJECT}/.pip-tools.toml", table="tool.pip-tools"), pyproject("pip-tools"), *_PIP),
}

# Ours: D17a of the design, below D17. They speak for every tool, below the tool's own files.
OWN = (
    Row(
        "user",
        "{XDG_CONFIG_HOME}/pep786/config.toml",
        macos="{HOME}/Library/Application Support/pep786/config.toml",
        windows="{APPDATA}/pep786/config.toml",
    ),
    Row(
        "global",
        "/etc/pep786/config.toml",
        macos="/Library/Application Support/pep786/config.toml",
        windows="{PROGRAMDATA}/pep786/config.toml",
    ),
)
NEUTRAL = (pyproject("pep786"), *OWN)
