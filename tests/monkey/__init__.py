"""A monkey at the real window: random, seeded and replayable hands, and those who watch that nothing breaks, hangs or is lost."""
