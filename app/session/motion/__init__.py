"""Who moves the face, and how far that is."""
