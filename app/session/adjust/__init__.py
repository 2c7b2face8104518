"""The user's tunings and edits."""
