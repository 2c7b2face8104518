"""Avatars: reading GLB, mapping channels to morph targets by name, pose and life."""
