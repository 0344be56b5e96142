"""Run a real packaging tool against an index of our own, and show what that index received."""
