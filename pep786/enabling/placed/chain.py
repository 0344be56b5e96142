# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202, I001, S110
"""Hooks, then gives way to the sitecustomize that was here before or, if none was, to one further on sys.path.

Written by ``pep786 enable --venvs``, to be taken out by ``pep786 disable --venvs``. Neither touches it once it was
edited; what was here before is beside it, under the name in KEPT.
"""

import sys

KEPT = ""


def _hook():
    try:
        import _pep786_startup_enabled

        _pep786_startup_enabled.install()
    except Exception:
        pass  # never an error that was not there before


def _give_way():
    from os.path import dirname, isfile, join

    import _frozen_importlib_external as machinery

    here = dirname(__file__)
    kept = join(here, KEPT)
    if isfile(kept):
        spec = machinery.spec_from_file_location(__name__, kept)
    else:
        kept = None
        spec = _find_further_on(here, machinery.PathFinder)
    if spec is None:
        # As site hears it where there is no sitecustomize: no word about it.
        raise ModuleNotFoundError(f"No module named {__name__!r}", name=__name__)
    try:
        _run(spec)
    except (OSError, SyntaxError) as fault:
        if kept and fault.filename == kept:
            fault.filename = __file__  # it says what it said under its own name
        raise


def _find_further_on(here, path_finder):
    # The standard library stays on sys.path for what is found: only the search leaves it out.
    others = [entry for entry in sys.path if entry != here]
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        spec = find_spec and find_spec(__name__, others if finder is path_finder else None)
        if spec:
            return spec
    return None


def _run(spec):
    from _frozen_importlib import module_from_spec

    sys.modules[__name__] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


_hook()
_give_way()
