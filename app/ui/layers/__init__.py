"""Layers of a face: their panel, and the menu that lays one with two clicks."""
