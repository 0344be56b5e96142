"""Configuration files that are written."""
