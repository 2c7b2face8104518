"""USD scenes: a SkelAnimation of blend shapes, on the avatar's face where it is known."""
