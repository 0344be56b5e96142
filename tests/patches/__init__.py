"""The patches for released pips: that they fit, and that what they make does as the PEP says."""
