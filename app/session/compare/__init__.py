"""Further sides, their bodies, and how they differ."""
