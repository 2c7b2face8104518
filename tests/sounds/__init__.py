"""Sounds and films as programs write them, made from one known recording."""
