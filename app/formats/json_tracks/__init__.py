"""Dialects of JSON with weights, one module each, and what they share: frames with names."""
