"""How the adapters get into a process; _pep786_startup.py beside this package is the first step."""
