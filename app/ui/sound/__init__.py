"""The sound devices, and how late they are."""
