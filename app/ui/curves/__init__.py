"""The curves of all shapes: lanes, overlays, stages, edits by hand, findings."""
