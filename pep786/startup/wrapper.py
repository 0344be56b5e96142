"""Stands for ``pep786 run --`` before a program that a tool starts: ``wrapper.py uv sync``.

Called by its path, under a Python that has what the proxy is made of but need not have us (children/commands.py).
"""

import os
import sys

if __name__ == "__main__":
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from pep786.cli import main

    sys.exit(main(["run", "--", *sys.argv[1:]]))
