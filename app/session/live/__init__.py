"""The microphone, and the face that it moves."""
