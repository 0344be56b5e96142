"""The loopback index."""
