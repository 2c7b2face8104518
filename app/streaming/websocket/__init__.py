"""Faces over a WebSocket: one message in words, then one of numbers for each face; docs/streaming.md describes them."""
