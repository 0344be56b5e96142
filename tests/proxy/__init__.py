"""The proxy, and uv behind it."""
