"""The tools' configuration."""
