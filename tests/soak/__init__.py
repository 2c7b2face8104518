"""Long runs: programs that work for a long time with the real window or a real server, and say whether what they hold stays the same."""
