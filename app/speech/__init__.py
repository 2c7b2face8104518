"""Text to speech, and later alignment, recognition and chat."""
