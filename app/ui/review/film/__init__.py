"""The film of the sound beside the face."""
