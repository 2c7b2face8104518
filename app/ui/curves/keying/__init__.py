"""Keys on the enlarged curves: seen, dragged and shaped; stretches copied, pasted and mirrored."""
