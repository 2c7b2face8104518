"""Judging tracks: what is wrong with them, where, and how one would know."""
