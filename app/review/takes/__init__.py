"""Takes beside each other: what changed from one to the next, and lists of them that are gone through."""
