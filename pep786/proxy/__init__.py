"""The proxy for tools that no code of ours gets into: ``pep786 run -- uv sync`` and ``pep786 proxy``.

Nothing is imported here: ``pep786 run`` passes by on its way to every tool. Only :mod:`.authority` needs more
than the standard library, the extra ``pep786-shim[proxy]``.
"""
