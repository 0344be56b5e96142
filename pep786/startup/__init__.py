"""How the adapters get into a process; _pep786_startup.py beside this package is the first step."""

import os

#: The folder to put on PYTHONPATH for a tool in whose environment we are not installed.
INJECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inject")
