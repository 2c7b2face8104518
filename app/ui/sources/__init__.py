"""Choosing who moves the face: the line, voices, bundles, servers."""
