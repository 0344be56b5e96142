"""Input that nobody would write, thrown at whatever reads input from outside: each target has an oracle."""
