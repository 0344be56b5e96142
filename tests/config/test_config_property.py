"""A law: no input file, environment or directory makes ``settings`` raise; its answers are well formed."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from pep786.config import settings

pytestmark = pytest.mark.property

FILES = {
    "pip": "conf/pip/pip.conf",
    "uv": "project/uv.toml",
    "pdm": "project/pyproject.toml",
    "pipenv": "project/Pipfile",
    "poetry": "conf/pypoetry/config.toml",
    "hatch": "conf/pep786/config.toml",
}
PIECES = [
    b"no-analytics", b"no_analytics", b"--No-Analytics", b"[global]", b"[install]", b"[DEFAULT]", b"[tool.uv]",
    b"[tool]",
    b"[tool.pep786]", b"[tool.pdm]", b"[[tool.uv.index]]", b"[pipenv]", b"[", b"]", b"{", b"}", b"=", b":", b"'",
    b'"""',
    b"\n", b"\n ", b"\r", b"\0", b"#", b";", b"true", b"false", b"1e400", b"nan", b"1979-05-27", b"\xef\xbb\xbf",
    b"\xff\xfe", b"\xed\xb2\x80", b".", b",", b"%(x)s", b"\x1b[2J",
]  # fmt: skip
soup = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=25).map(b"".join)
likely = st.builds(lambda head, tail: head + b"\nno-analytics = " + tail, soup, soup)


@profile(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(tool=st.sampled_from(sorted(FILES)), content=st.one_of(soup, likely), command=st.sampled_from([None, "install"]))
def test_no_input_file_makes_settings_raise(tool: str, content: bytes, command: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FILES[tool])
        for name in ("project", str(Path(FILES[tool]).parent)):
            Path(folder, name).mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        environ = {"HOME": folder, "XDG_CONFIG_HOME": folder + "/conf", "XDG_CONFIG_DIRS": folder + "/none"}
        for found in settings(tool, environ, folder + "/project", command=command):
            assert found.source == "config"
            assert found.opted_out in (True, False, None)
            assert (found.opted_out is None) <= (found.warning is not None)
            for text in (found.origin, found.value, found.warning or ""):
                assert text.isprintable()
            json.dumps(found.as_dict()).encode()


VARIABLES = ["HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "PIP_CONFIG_FILE", "UV_CONFIG_FILE", "UV_NO_CONFIG",
             "POETRY_CONFIG_DIR", "PDM_CONFIG_FILE", "HATCH_CONFIG", "PIPENV_PIPFILE", "APPDATA"]  # fmt: skip
anything = st.text(st.characters(), max_size=12)
paths = st.one_of(anything, anything.map(lambda name: "/nowhere/" + name))


@profile(deadline=None, max_examples=300)
@given(
    tool=st.one_of(st.sampled_from(sorted(FILES)), anything),
    environ=st.dictionaries(st.sampled_from(VARIABLES), paths),
    cwd=st.one_of(st.none(), paths),
    command=st.one_of(st.none(), anything),
)
def test_no_environment_and_no_directory_makes_settings_raise(
    tool: str, environ: dict[str, str], cwd: str | None, command: str | None
) -> None:
    for found in settings(tool, environ, cwd, command=command):
        assert found.origin.isprintable()
