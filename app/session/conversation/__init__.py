"""Talking with the avatar: who listens and answers, what is heard and played, and every answer kept."""
