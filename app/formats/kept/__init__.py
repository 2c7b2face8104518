"""What projects keep of the work of a hand: where it lay, and what has no place."""
