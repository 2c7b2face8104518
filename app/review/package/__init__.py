"""The hand-off package: everything of a take in one folder or zip, for people who have nothing installed."""
