"""``python -m tests.fuzz``: the session, and a look at what it found."""

from __future__ import annotations

import sys

from tests.fuzz.session import main

sys.exit(main(sys.argv[1:]))
