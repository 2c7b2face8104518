"""What a packaged program does to prove itself: the real window, driven as a person would, and looked at."""
