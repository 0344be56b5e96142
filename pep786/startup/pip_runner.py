"""Stands in for pip's own runner where pip starts itself under another interpreter: hooks, then runs it.

pip calls this file by its path (22.3 and later, see adapters/pip.py), under whichever Python it was told to
use: nothing of ours is importable there but what this file names.
"""

import os
import runpy
import sys


def _hook():
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    spec = PathFinder.find_spec("_pep786_startup", [root])
    if spec is not None and "_pep786_startup" not in sys.modules:
        module = module_from_spec(spec)
        sys.modules["_pep786_startup"] = module
        spec.loader.exec_module(module)
        module.install()


if __name__ == "__main__":
    runner = os.environ["_PEP786_PIP_RUNNER"]
    try:
        _hook()
    except Exception as fault:
        sys.stderr.write("pep786: pip goes on without the shim (%r)\n" % (fault,))
    # As if Python had been told to run pip's own file.
    sys.argv[0] = runner
    if sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        sys.path[0] = os.path.dirname(runner)
    runpy.run_path(runner, run_name="__main__")
