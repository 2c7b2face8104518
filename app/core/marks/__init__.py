"""Marks inside a text: what a face does beside speaking, written where it is said."""
