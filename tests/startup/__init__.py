"""How we get into a process."""
