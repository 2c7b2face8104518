"""What a Linux desktop wants around the packed program, the Debian package, and the proof in minimal systems. None of this is shipped."""
