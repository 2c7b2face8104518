"""Sound: clips from files, the player, measured sync."""
