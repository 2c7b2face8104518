"""How the avatars stand at a time: the sides' motion, going to rest, and idle life."""
