"""Talking with the avatar: what was said, how long each step took, and who takes part."""
