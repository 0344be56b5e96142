"""Put on PYTHONPATH for a tool we are not installed in: hooks, then gives way to the person's sitecustomize.

Parses on every Python from 2.7, and does nothing on one too old for the adapters: the tool runs as ever.
"""

import sys


class Waiting(object):
    """Loads the hook at the first import after this one, and gives it its place on sys.meta_path."""

    pep786 = True
    tried = False

    def find_spec(self, fullname, path=None, target=None):
        if self.tried or fullname in ("sitecustomize", "usercustomize"):
            return None
        self.tried = True
        try:
            finder = _hook().Finder()
        except Exception as fault:
            if sys.stderr:  # not where the tool was started without one
                sys.stderr.write("pep786: cannot go along (%r)\n" % (fault,))
            return None
        sys.meta_path[sys.meta_path.index(self)] = finder
        return finder.find_spec(fullname, path, target)


def _hook():
    """The module _pep786_startup, which is not importable here, by its path."""
    from os.path import abspath, dirname, join

    root = dirname(dirname(dirname(dirname(abspath(__file__)))))
    # By the class of our own loader: to import importlib would cost more than all the rest.
    loader = type(__loader__)("_pep786_startup", join(root, "_pep786_startup.py"))
    module = type(sys)("_pep786_startup")
    module.__file__ = loader.path
    module.__loader__ = loader
    exec(loader.get_code("_pep786_startup"), module.__dict__)
    sys.modules["_pep786_startup"] = module
    return module


def _give_way(here):
    """Import the sitecustomize that this one hides, as if it had been the only one."""
    path = sys.path[:]
    others = [entry for entry in path if entry != here]
    if not _may_be_hidden(others):
        return
    this = sys.modules.pop(__name__)
    sys.path[:] = others
    try:
        __import__(__name__)
    except ImportError as fault:
        if getattr(fault, "name", None) not in (None, __name__):
            raise
        sys.modules[__name__] = this
    finally:
        sys.path[:] = path


def _may_be_hidden(path):
    """Whether there is, or can be, another sitecustomize: a search that fails costs more than all the rest."""
    from os import access

    for finder in sys.meta_path:
        home = str(getattr(finder, "__module__", "_frozen_importlib"))
        if not home.startswith("_frozen_importlib") and not hasattr(finder, "pep786"):
            return True
    for entry in path:
        if entry.endswith((".zip", ".egg", ".whl", ".pyz")):
            if access(entry, 0):
                return True
        else:
            for name in ("/sitecustomize.py", "/sitecustomize/__init__.py", "/sitecustomize.pyc"):
                if access(entry + name, 0):
                    return True
    return False


def _start():
    from os.path import dirname

    # As site found it: it has made the entries of sys.path absolute, and taken doubles out.
    here = dirname(__file__)
    if sys.version_info >= (3, 7) and not any(hasattr(finder, "pep786") for finder in sys.meta_path):
        sys.meta_path.insert(0, Waiting())
    _give_way(here)


_start()
