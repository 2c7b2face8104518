"""What projects keep of a sound and of the work of a hand on it: what is said when, where work lay, and what has no place."""
