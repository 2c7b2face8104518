"""Verbs about this installation: what it keeps, and whether it works."""
