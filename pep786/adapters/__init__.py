"""One file to a tool, under its import name: GATES says which modules to wait for and what to do with them."""
