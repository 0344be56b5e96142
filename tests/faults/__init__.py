"""Faults, each provoked for real: docs/faults.md has the table."""
