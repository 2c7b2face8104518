"""The mathematics of edits: curves through keys, their reduction from frames. ``core.curve_edits`` is the front of this room."""
