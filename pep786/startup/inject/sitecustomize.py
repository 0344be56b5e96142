"""Put on PYTHONPATH for a tool we are not installed in: hooks, then gives way to the person's sitecustomize.

Parses on every Python from 2.7, and does nothing on one too old for the adapters: the tool runs as ever.
"""

import sys


def _hook(here):
    from importlib.machinery import PathFinder
    from os.path import dirname

    root = dirname(dirname(dirname(here)))
    spec = PathFinder.find_spec("_pep786_startup", [root])
    if spec is not None and "_pep786_startup" not in sys.modules:
        sys.modules["_pep786_startup"] = module = type(sys)("_pep786_startup")
        module.__spec__ = spec
        module.__file__ = spec.origin
        spec.loader.exec_module(module)
        module.install()


def _give_way(here):
    """Import the sitecustomize that this one hides, as if it had been the only one."""
    from os.path import abspath

    path = sys.path[:]
    this = sys.modules.pop(__name__)
    sys.path[:] = [entry for entry in path if abspath(entry) != here]
    try:
        __import__(__name__)
    except ImportError as fault:
        if getattr(fault, "name", None) not in (None, __name__):
            raise
        sys.modules[__name__] = this
    finally:
        sys.path[:] = path


def _start():
    from os.path import abspath, dirname

    here = dirname(abspath(__file__))
    if sys.version_info >= (3, 7):
        try:
            _hook(here)
        except Exception as fault:
            sys.stderr.write("pep786: cannot go along (%r)\n" % (fault,))
    _give_way(here)


_start()
