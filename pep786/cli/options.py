"""What the values of options have to be."""

from __future__ import annotations


def seconds(text: str) -> float:
    """A time to wait. Raises what argparse wants for bad usage."""
    import argparse

    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of seconds, more than 0")
    return found
