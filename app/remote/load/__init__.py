"""Many real-time voices at a server at once, and what they saw."""
