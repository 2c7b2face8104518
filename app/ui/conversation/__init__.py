"""Talking with the avatar: what comes here are the dialogue's lines, who speaks and listens, and what a conversation costs."""
