"""``pep786 index check`` against indexes that behave, and against one deliberate fault of each kind."""
