"""The review page: a take as one HTML file that opens from disk, and the notes that come back from it."""
