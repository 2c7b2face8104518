"""Words and phones over time: TextGrids and other alignments, alphabets of phones."""
