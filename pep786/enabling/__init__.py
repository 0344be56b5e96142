"""The shim in environments that pep786 is not installed in: ``pep786 enable``, ``disable`` and ``status --all``.

asking.py asks one interpreter what it is, places.py knows where the host keeps them, files.py are the files that are
ours there, switching.py puts them in and takes them out, host.py tells of the whole host.
"""
