"""Writing motion: which format, what it leaves out, and where to."""
