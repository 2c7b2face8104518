"""Takes: everything that a review needs, in one file."""
