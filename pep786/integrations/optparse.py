"""optparse: ``--no-analytics`` and ``--analytics`` (PEP 786, "Command Line Flag")."""

from __future__ import annotations

from ..adapters._flags import NO, YES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import optparse


def add_flags(parser: optparse.OptionContainer) -> None:
    """Add the two flags to an ``OptionParser`` or an ``OptionGroup``.

    ``no_analytics`` of the parsed values is then True, False, or None where neither was given, ready for
    ``pep786.resolve(flag=...)``, which puts it over the environment and that over configuration. The last of several
    wins (design, D8)::

        add_flags(parser)
        options, arguments = parser.parse_args()
        decision = pep786.resolve("mytool", flag=options.no_analytics)
    """
    for (option, text), value in ((NO, True), (YES, False)):
        parser.add_option(option, action="store_const", const=value, dest="no_analytics", default=None, help=text)
