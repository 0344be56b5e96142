"""Tests; ``python3 -m tests`` runs all checks from a clean clone."""
