"""The verbs of live faces: out to other programs, and in from them."""
