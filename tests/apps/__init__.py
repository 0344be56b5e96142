"""Applications that send usage metrics: theirs, and what is quieted on request."""
