"""The log filter."""
