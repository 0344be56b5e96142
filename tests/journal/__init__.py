"""The journal, and ``pep786 log``."""
