"""conformance/: the data holds for us, and says all that the draft and the design say."""
