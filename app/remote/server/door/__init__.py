"""The door of the server: who may come in, for how long, and who has to make way."""
