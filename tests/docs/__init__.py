"""The documentation: its site, its examples, and what it says of files and tests."""
