"""Decoders of sound files and of the sound of films: what they say, and where on the time line it belongs."""
