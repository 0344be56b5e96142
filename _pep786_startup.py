"""Start-up hook: waits for a packaging tool to be imported, and does nothing in any other process.

Python runs this at every start, through pep786_startup.pth or, from 3.15 on, pep786_startup.start (PEP 829).
So it imports nothing but sys, and no lint may make it import more: tests/startup holds it to that.
The files in pep786/adapters are the list of what it waits for, one to a tool, under the tool's import name.
"""

import sys


class Finder:
    """First on sys.meta_path: finds nothing itself, but has the adapters look at the modules they name."""

    pep786 = True
    tools = None
    launched = None

    def __init__(self):
        self.places = sys.path[:]
        self.gates = {}

    def find_spec(self, fullname, path=None, target=None):
        if self.tools is None:
            if fullname == "sitecustomize" or fullname == "usercustomize":
                return None
            self.tools = self.list_tools()
        tool = fullname.partition(".")[0]
        if tool in self.tools:
            self.tools.discard(tool)
            self.load_adapter(tool)
        if fullname in self.gates:
            return self.arm(self.gates[fullname], fullname, path, target)
        return None

    def list_tools(self):
        """The tools that have an adapter; none where the package is gone from under the hook."""
        import os

        for place in [os.path.dirname(__file__)] + self.places:
            try:
                files = os.listdir(os.path.join(place, "pep786", "adapters"))
            except OSError:
                continue
            self.root = place
            return set(name[:-3] for name in files if name.endswith(".py") and not name.startswith("_"))
        return set()

    def load_adapter(self, tool):
        try:
            # From where the hook is, whatever the current directory calls by that name.
            sys.path.insert(0, self.root)
            try:
                import pep786
            finally:
                sys.path.remove(self.root)
            from pep786.startup import gates

            self.arm = gates.arm
            self.gates.update(gates.of(tool))
        except ImportError:
            pass  # half uninstalled: nothing to say
        except Exception as fault:
            try:
                sys.stderr.write("pep786: %s goes on without the shim (%r)\n" % (tool, fault))
            except Exception:
                pass  # no stderr: nobody to tell


def install(launched=None):
    """Put the finder first, once: Python before 3.15 runs a .pth file twice in a virtual environment.

    launched is the tool that startup/launcher.py is about to run, whose adapter need not wait.
    """
    for finder in sys.meta_path:
        if getattr(finder, "pep786", False):
            break
    else:
        finder = Finder()
        sys.meta_path.insert(0, finder)
    if launched:
        finder.launched = launched
        finder.tools = finder.list_tools()
        finder.tools.discard(launched)
        finder.load_adapter(launched)


def uninstall():
    """Take the finder out again; what was done to a loaded module stays."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not getattr(finder, "pep786", False)]
