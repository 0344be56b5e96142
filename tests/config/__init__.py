"""pep786.config: where each tool keeps its configuration, and what the key means there."""
