"""The echo guard: the avatar must not take its own voice for the user's, and the user may speak over it."""
