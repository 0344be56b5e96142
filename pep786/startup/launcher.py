"""Runs a packaging tool as Python itself would have, and hooks before that: ``launcher.py TOOL -m pip ...``.

A tool that starts another one calls this file by its path (see children/commands.py), under whichever Python
it was told to use and with that Python's own options: nothing of ours is importable there but what this file
names. Parses on every Python from 2.7; one too old for the adapters runs the tool all the same.
"""

import os
import sys


def _hook(tool):
    if sys.version_info < (3, 7):
        # No code of ours runs here. Stock pip puts this into its User-Agent: better than nothing.
        names = ("PIP_NO_ANALYTICS", "PY_NO_ANALYTICS", "PYTHON_NO_ANALYTICS")
        if any(os.environ.get(name) for name in names) and os.environ.get("_PYTHON_NO_ANALYTICS") != "0":
            os.environ.setdefault("PIP_USER_AGENT_USER_DATA", "no-analytics")
        return
    from importlib.machinery import PathFinder

    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    hook = sys.modules.get("_pep786_startup")
    if hook is None:
        spec = PathFinder.find_spec("_pep786_startup", [root])
        if spec is None:
            return
        sys.modules["_pep786_startup"] = hook = type(sys)("_pep786_startup")
        hook.__spec__ = spec
        hook.__file__ = spec.origin
        spec.loader.exec_module(hook)
    hook.install(tool)


def _run(arguments):
    """What Python does with ``-m MODULE``, ``-c CODE`` and FILE, sys.argv and sys.path as it leaves them."""
    import runpy

    here = os.path.dirname(os.path.abspath(__file__))
    # Under -I and -P there is no such entry, and none is put there.
    ours = bool(sys.path) and os.path.abspath(sys.path[0]) == here
    if ours:
        del sys.path[0]
    if arguments[0] == "-m":
        sys.argv[:] = arguments[1:]
        if ours:
            _come_first()
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments[0] == "-c":
        sys.argv[:] = ["-c"] + arguments[2:]
        if ours:
            sys.path.insert(0, "")
        main = sys.modules["__main__"].__dict__
        del main["__file__"]
        exec(compile(arguments[1], "<string>", "exec"), main)
    else:
        sys.argv[:] = arguments
        if ours and _is_script(arguments[0]):
            sys.path.insert(0, os.path.dirname(os.path.realpath(arguments[0])))
        runpy.run_path(arguments[0], run_name="__main__")


def _come_first():
    """What ``-m`` puts first: the current directory, or nothing where that is gone."""
    try:
        sys.path.insert(0, os.getcwd() if sys.version_info >= (3, 7) else "")
    except OSError:
        pass


def _is_script(path):
    """Whether a path is a plain file; the others, folders and archives, are put on sys.path by runpy."""
    import zipimport

    try:
        zipimport.zipimporter(path)
    except ImportError:
        return os.path.isfile(path)
    return False


if __name__ == "__main__":
    try:
        _hook(sys.argv[1])
    except Exception as fault:
        if sys.stderr:  # not where the tool was started without one
            sys.stderr.write("pep786: %s goes on without the shim (%r)\n" % (sys.argv[1], fault))
    _run(sys.argv[2:])
