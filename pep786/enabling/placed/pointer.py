# mypy: ignore-errors
# ruff: noqa: ANN201, D103
"""Leads the Python that this lies beside to a pep786 elsewhere; does nothing where that is gone.

Written by ``pep786 enable``, to be taken out by ``pep786 disable``. Neither touches it once it was edited.
"""

# Runs at every start: it imports nothing but sys.
import sys

# The folder that has pep786, and it may have much else: it is on sys.path for one import only.
ROOT = ""


def install():
    if any(hasattr(finder, "pep786") for finder in sys.meta_path):
        return
    sys.path.insert(0, ROOT)
    try:
        import _pep786_startup
    except Exception:
        return  # uninstalled, moved, or not ours to read: this Python starts as ever
    finally:
        sys.path.remove(ROOT)
    _pep786_startup.install()
