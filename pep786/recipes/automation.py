"""CI systems, and the runners of tests that make environments of their own."""

from __future__ import annotations

from . import Recipe

_BOOTSTRAP = "The request for pep786-shim itself goes out unsignalled."

_WORKFLOW = """\
env:
  PIP_NO_ANALYTICS: "1"

jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/setup-python@v6
        with:
          python-version: "3.x"
      - run: python -m pip install pep786-shim
      - run: python -m pip install -r requirements.txt
"""

_GITLAB = """\
variables:
  PIP_NO_ANALYTICS: "1"

default:
  before_script:
    - python -m pip install pep786-shim
"""

_JENKINSFILE = """\
pipeline {
    agent any
    environment {
        PIP_NO_ANALYTICS = '1'
    }
    stages {
        stage('Install') {
            steps {
                sh 'python3 -m venv .venv'
                sh '.venv/bin/python -m pip install pep786-shim'
                sh '.venv/bin/python -m pip install -r requirements.txt'
            }
        }
    }
}
"""

_TOX_INI = """\
[tox]
requires =
    pep786-shim

[testenv]
set_env =
    PIP_NO_ANALYTICS = 1

[testenv:.pkg]
set_env =
    PIP_NO_ANALYTICS = 1
"""

_TOX_TOML = """\
[tool.tox]
requires = ["pep786-shim"]
env_run_base.set_env.PIP_NO_ANALYTICS = "1"
env_pkg_base.set_env.PIP_NO_ANALYTICS = "1"
"""

_NOXFILE = """\
import os

import nox

os.environ["PIP_NO_ANALYTICS"] = "1"


@nox.session
def tests(session):
    session.install("pep786-shim")
    session.install("-r", "requirements.txt")
"""

RECIPES = (
    Recipe(
        name="github-actions",
        title="GitHub Actions",
        where=".github/workflows/NAME.yml",
        once='- run: python -m pip install PACKAGE\n  env:\n    PIP_NO_ANALYTICS: "1"\n',
        lines=_WORKFLOW,
        beware=(
            "env at the top is for every job of the file, but not for reusable workflows that it calls.",
            "The shim is for one Python: it goes behind setup-python, in each job.",
            _BOOTSTRAP,
        ),
        shim=True,
        tried="parsed, and its commands run by bash, not by the service",
    ),
    Recipe(
        name="gitlab-ci",
        title="GitLab CI",
        where=".gitlab-ci.yml",
        once="- PIP_NO_ANALYTICS=1 python -m pip install PACKAGE\n",
        lines=_GITLAB,
        beware=(
            "A job with a before_script of its own does not run the default one: the line goes there too.",
            "For all projects of a group the variable goes to Settings > CI/CD > Variables.",
            _BOOTSTRAP,
        ),
        shim=True,
        tried="parsed, and its commands run by bash, not by the service",
    ),
    Recipe(
        name="jenkins",
        title="Jenkins",
        where="Jenkinsfile",
        once="withEnv(['PIP_NO_ANALYTICS=1']) { sh 'python3 -m pip install PACKAGE' }\n",
        lines=_JENKINSFILE,
        beware=(
            "For all pipelines of a controller: Manage Jenkins > System > Global properties > Environment variables.",
            _BOOTSTRAP,
        ),
        shim=True,
        comment="//",
        tried="its commands were run by bash, not by Jenkins",
    ),
    Recipe(
        name="tox",
        title="tox",
        where="tox.ini",
        once="PIP_NO_ANALYTICS=1 tox\n",
        lines=_TOX_INI,
        also=(("In pyproject.toml", _TOX_TOML),),
        beware=(
            "tox 4; tox 3 says setenv. tox passes PIP_* on from your shell by itself, PY_* and PYTHON_* it does not.",
            "requires has tox make itself an environment with the shim in it, and run from there.",
            _BOOTSTRAP,
        ),
        shim=True,
    ),
    Recipe(
        name="nox",
        title="nox",
        where="noxfile.py",
        once="PIP_NO_ANALYTICS=1 nox\n",
        lines=_NOXFILE,
        beware=(
            "The shim goes into each session first; where it is installed beside nox, no session needs it.",
            _BOOTSTRAP,
        ),
        shim=True,
    ),
)
