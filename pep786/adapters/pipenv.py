"""pipenv brings its own copy of pip, under the name patched.pip, before 2022 patched.notpip."""

from __future__ import annotations

from .pip import Pip

GATES = {**Pip("pipenv.patched.pip", "pipenv").gates(), **Pip("pipenv.patched.notpip", "pipenv").gates()}
