"""Where the sound comes from, and how late it comes out."""
