"""The picture of the avatar, what is written on it, and the menus of its look."""
