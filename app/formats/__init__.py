"""One module per track dialect, and a registry that picks by content."""
