"""Verbs of the review: takes, what changed between them, and what is handed to others."""
