"""Notes and cuts in the words of editing programs and tables, out and, where notes travel back, in."""
