"""The patches for software that indexes run: put in, and run as far as their upstream can be had from a registry."""
