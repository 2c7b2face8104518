"""Dialects of track files, one module each, and what they share: tables, clocks, rates."""
