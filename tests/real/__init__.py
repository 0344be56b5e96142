"""Released tools, run."""
