"""``pep786 enable``, ``disable`` and ``status --all``; no test writes to a Python of this machine."""
