"""How the children of a tool are told and accompanied."""
