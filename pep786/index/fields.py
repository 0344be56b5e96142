"""The two fields without the signal. What tools send is taken away by a comparison; all else by the core.

The core's functions parse, which takes longer than all that the middleware does besides.
"""

from __future__ import annotations

from .. import preference

_SUFFIX = f" {preference.COMMENT}"


def without_prefer(existing: str) -> str | None:
    """As :func:`pep786.preference.without_prefer`."""
    return None if existing == preference.NO_ANALYTICS else preference.without_prefer(existing)


def without_user_agent(existing: str) -> str:
    """As :func:`pep786.preference.without_user_agent`."""
    if existing.endswith(_SUFFIX):
        product = existing[: -len(_SUFFIX)]
        if preference.COMMENT not in product:
            return product.strip("\t ")
    return preference.without_user_agent(existing)
