"""A script for Blender that keys shape keys by name."""
