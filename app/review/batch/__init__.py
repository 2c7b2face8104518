"""Lines of a dialogue table as takes: what they depend on, what was done to them by hand, how they stand, and the report."""
