"""The image of the server, read and tried without Docker."""
