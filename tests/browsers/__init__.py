"""Browsers for tests of what the server hands out to them."""
