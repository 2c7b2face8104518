"""Marks of the text in the window: their lane, and completing their names."""
