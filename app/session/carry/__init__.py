"""Work of a hand goes along when the sound becomes another one of the same line."""
