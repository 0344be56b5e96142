"""Access logs without those who opted out: which lines may be shared, and the writing of them.

A format (:mod:`.formats`) says of each line what it is, :mod:`.stream` carries the lines, :mod:`.outputs`
and :mod:`.resume` make sure that nothing half-written is ever seen. Lines that are shared pass as they are,
byte for byte.
"""

from __future__ import annotations
