"""The recipes of ``pep786 shell``, run where the program is to be had; shell completion; the man page."""
