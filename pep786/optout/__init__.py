"""Writing the preference into configuration files for good, and taking it out again (design, D17 and D17a).

Nothing here sends or decides anything: it edits files that :mod:`pep786.config` reads.
"""

from __future__ import annotations
